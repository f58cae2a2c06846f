#pragma once

#include "core/base/log.h"
#include "core/base/random.h"
#include "server/http/listener.h"
#include "server/http/router.h"
#include "server/service/enrollment_profile_service.h"

namespace bramley {

// A .mobileconfig as Apple's systems want it offered.
HttpResponse profile_response(int status, Bytes profile);

enum class OpenEnrollment { off, on };

// /enroll/{token}, for people with an invitation, and /enroll, for anybody where that is wanted.
// Answers profiles, and plain text that tells nothing about the inside.
class EnrollHandler : public HttpHandler {
 public:
  EnrollHandler(EnrollmentProfileService& profiles, OpenEnrollment open, Random& random, Log& log);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  Result<HttpResponse> with_token(const RoutedRequest& request);
  Result<HttpResponse> without_token(const RoutedRequest& request);

  EnrollmentProfileService& profiles_;
  const OpenEnrollment open_;
  Random& random_;
  Log& log_;
  Router router_;
};

}  // namespace bramley
