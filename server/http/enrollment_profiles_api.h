#pragma once

#include "server/http/router.h"
#include "server/service/enrollment_profile_service.h"

namespace bramley {

// /api/v1/enrollment-profiles, enrollment-tokens and scep-challenges: what lets a device in.
class EnrollmentProfilesApi {
 public:
  EnrollmentProfilesApi(CertificateStore& store, EnrollmentProfileService& profiles)
      : store_(store), profiles_(profiles) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> make_profile(const RoutedRequest& request);
  Result<HttpResponse> make_challenge(const RoutedRequest& request);
  Result<HttpResponse> make_token(const RoutedRequest& request);
  Result<HttpResponse> list_tokens(const RoutedRequest& request);
  Result<HttpResponse> delete_token(const RoutedRequest& request);

  CertificateStore& store_;
  EnrollmentProfileService& profiles_;
};

}  // namespace bramley
