#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "server/http/event_door.h"
#include "server/http/router.h"
#include "server/service/webhook_definition_service.h"
#include "server/store/event_store.h"

namespace bramley {

// /api/v1/webhooks: how far each is, and what an administrator can do about it. Those that are no
// flag of the server are made, changed and removed here.
class WebhooksApi {
 public:
  WebhooksApi(EventStore& events, const EventDoor& door, const Clock& clock, Random& random,
              Log& log)
      : events_(events),
        door_(door),
        clock_(clock),
        random_(random),
        definitions_(events, door.webhook_urls, clock, random, log) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> add(const RoutedRequest& request);
  Result<HttpResponse> change(const RoutedRequest& request);
  Result<HttpResponse> remove(const RoutedRequest& request);
  Result<HttpResponse> parked(const RoutedRequest& request);
  Result<HttpResponse> test(const RoutedRequest& request);
  Result<HttpResponse> pause(const RoutedRequest& request);
  Result<HttpResponse> resume(const RoutedRequest& request);
  Result<HttpResponse> replay(const RoutedRequest& request);
  Result<HttpResponse> set_flow(const RoutedRequest& request, EventStore::Flow flow);
  [[nodiscard]] bool is_of_a_flag(const WebhookState& webhook) const;
  // As GET shows it.
  Result<HttpResponse> described(std::string_view id, int status);
  // None: it is a flag's.
  Result<std::optional<WebhookDefinition>> definition(std::string_view id) const;
  void changed() const;
  void ring() const;

  EventStore& events_;
  const EventDoor door_;
  const Clock& clock_;
  Random& random_;
  WebhookDefinitionService definitions_;
};

}  // namespace bramley
