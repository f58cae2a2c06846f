#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "server/http/event_door.h"
#include "server/http/router.h"
#include "server/store/event_store.h"

namespace bramley {

// /api/v1/webhooks: how far each is, and what an administrator can do about it.
class WebhooksApi {
 public:
  WebhooksApi(EventStore& events, const EventDoor& door, const Clock& clock, Random& random)
      : events_(events), door_(door), clock_(clock), random_(random) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> parked(const RoutedRequest& request);
  Result<HttpResponse> test(const RoutedRequest& request);
  Result<HttpResponse> pause(const RoutedRequest& request);
  Result<HttpResponse> resume(const RoutedRequest& request);
  Result<HttpResponse> replay(const RoutedRequest& request);
  Result<HttpResponse> state(const RoutedRequest& request, int status);
  Result<HttpResponse> set_flow(const RoutedRequest& request, EventStore::Flow flow);
  [[nodiscard]] bool is_configured(const WebhookState& webhook) const;
  void ring() const;

  EventStore& events_;
  const EventDoor door_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bramley
