#pragma once

#include "server/http/router.h"
#include "server/service/command_service.h"
#include "server/service/device_selector.h"
#include "server/store/store.h"

namespace bramley {

// /api/v1/commands and /api/v1/push: commands into queues, and what came of them.
class CommandsApi {
 public:
  CommandsApi(Store& store, const DeviceSelector& selector, CommandService& commands,
              PushService& pushes, const Clock& clock)
      : store_(store), selector_(selector), commands_(commands), pushes_(pushes), clock_(clock) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> send(const RoutedRequest& request);
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> cancel(const RoutedRequest& request);
  Result<HttpResponse> results(const RoutedRequest& request);
  Result<HttpResponse> result(const RoutedRequest& request);
  Result<HttpResponse> report(const RoutedRequest& request);
  Result<HttpResponse> push(const RoutedRequest& request);

  Store& store_;
  const DeviceSelector& selector_;
  CommandService& commands_;
  PushService& pushes_;
  const Clock& clock_;
};

}  // namespace bramley
