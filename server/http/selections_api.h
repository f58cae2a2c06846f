#pragma once

#include "server/http/router.h"
#include "server/service/device_selector.h"

namespace bramley {

// /api/v1/selections: who would be meant, before anything is done to them.
class SelectionsApi {
 public:
  explicit SelectionsApi(const DeviceSelector& selector) : selector_(selector) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> select(const RoutedRequest& request);
  const DeviceSelector& selector_;
};

}  // namespace bramley
