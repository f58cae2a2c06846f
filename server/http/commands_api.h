#pragma once

#include "server/http/followers.h"
#include "server/http/result_stream.h"
#include "server/http/router.h"
#include "server/service/command_service.h"
#include "server/service/device_selector.h"
#include "server/service/event_bell.h"
#include "server/store/store.h"

namespace bramley {

// /api/v1/commands and /api/v1/push: commands into queues, and what came of them.
class CommandsApi {
 public:
  // For those who wait for results. Borrowed; without a bell nobody can follow, and lists are all
  // there is.
  struct Following {
    Followers& followers;
    EventBell* bell = nullptr;
  };
  CommandsApi(Store& store, const DeviceSelector& selector, CommandService& commands,
              PushService& pushes, const Clock& clock, const Following& following)
      : store_(store),
        selector_(selector),
        commands_(commands),
        pushes_(pushes),
        clock_(clock),
        following_(following) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> send(const RoutedRequest& request);
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> cancel(const RoutedRequest& request);
  Result<HttpResponse> results(const RoutedRequest& request);
  Result<HttpResponse> follow(const RoutedRequest& request);
  [[nodiscard]] ResultStream::Audience audience_of(const ApiCaller& caller) const;
  Result<HttpResponse> result(const RoutedRequest& request);
  Result<HttpResponse> report(const RoutedRequest& request);
  Result<HttpResponse> push(const RoutedRequest& request);

  Store& store_;
  const DeviceSelector& selector_;
  CommandService& commands_;
  PushService& pushes_;
  const Clock& clock_;
  const Following following_;
};

}  // namespace bramley
