#pragma once

#include "core/base/clock.h"
#include "server/http/router.h"
#include "server/store/store.h"

namespace bramley {

// /api/v1/renewals, /api/v1/enrollments/{id}/renewal and …/approval: identities that are being
// replaced.
class RenewalsApi {
 public:
  // possible: whether this server issues certificates at all.
  enum class Renewal { possible, impossible };
  RenewalsApi(RenewalStore& renewals, Renewal renewal, const Clock& clock)
      : renewals_(renewals), renewal_(renewal), clock_(clock) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> open(const RoutedRequest& request);
  Result<HttpResponse> approve(const RoutedRequest& request);

  RenewalStore& renewals_;
  const Renewal renewal_;
  const Clock& clock_;
};

}  // namespace bramley
