#pragma once

#include "server/http/event_door.h"
#include "server/http/followers.h"
#include "server/http/json.h"
#include "server/http/router.h"
#include "server/store/store.h"

namespace bramley {

// Without the message: it may hold device secrets, and webhooks have it.
Json event_document(const Event& event);
// malformed, naming the parameter: not the number of any event.
Result<std::int64_t> parse_event_number(std::string_view text, std::string_view name);

// /api/v1/events: a list, and a stream for who accepts text/event-stream.
class EventsApi {
 public:
  EventsApi(Store& store, const EventDoor& door, const Clock& clock, Followers& followers)
      : events_(store.events()),
        tokens_(store.tokens()),
        door_(door),
        clock_(clock),
        followers_(followers) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> stream(const RoutedRequest& request, EventFilter filter);

  const EventStore& events_;
  const TokenStore& tokens_;
  const EventDoor door_;
  const Clock& clock_;
  Followers& followers_;
};

}  // namespace bramley
