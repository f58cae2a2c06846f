#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/http/json.h"
#include "server/http/router.h"
#include "server/service/device_selector.h"
#include "server/store/store.h"

namespace bramley {

// /api/v1/enrollments: who is enrolled, and what waits for them.
class EnrollmentsApi {
 public:
  EnrollmentsApi(Store& store, const DeviceSelector& selector, const Clock& clock, Log& log)
      : store_(store), selector_(selector), clock_(clock), log_(log) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> remove(const RoutedRequest& request);
  Result<HttpResponse> queue(const RoutedRequest& request);
  Result<HttpResponse> clear_queue(const RoutedRequest& request);
  Result<HttpResponse> unenroll(const RoutedRequest& request);
  Result<HttpResponse> block(const RoutedRequest& request);
  Result<HttpResponse> unblock(const RoutedRequest& request);
  // The enrollment as it is afterwards. conflict: it is a user's, who cannot be dismissed alone.
  Result<HttpResponse> dismiss(const RoutedRequest& request, Dismissal dismissal);
  // not_found: there is no such enrollment.
  Result<Enrollment> find(const RoutedRequest& request) const;

  // With all that is known of its device.
  Result<Json> document(const Enrollment& enrollment) const;
  Result<HttpResponse> list_selected(const EnrollmentFilter& filter, const PageRequest& page,
                                     const std::function<bool(const InventoryItem&)>& wanted) const;

  Store& store_;
  const DeviceSelector& selector_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
