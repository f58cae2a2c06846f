#include "server/http/events_api.h"

#include <charconv>

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/event_stream.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"
#include "server/http/token_watch.h"

namespace bramley {
namespace {

// From which event on: what the client says it had last; `otherwise` when it says nothing.
Result<std::int64_t> position(const HttpRequest& request, std::int64_t otherwise) {
  if (const auto last = request.headers.find("Last-Event-ID")) {
    return parse_event_number(*last, "Last-Event-ID");
  }
  const auto after = request.query("after");
  return after ? parse_event_number(*after, "after") : Result<std::int64_t>(otherwise);
}

}  // namespace

Result<std::int64_t> parse_event_number(std::string_view text, std::string_view name) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) {
    return Error{ErrorCode::malformed,
                 "\"" + std::string(name) + "\" must be the number of an event"};
  }
  return number;
}

Json event_document(const Event& event) {
  return {{"id", event.id},
          {"number", event.number},
          {"topic", event.topic},
          {"created_at", json_time(event.created_at)},
          {"enrollment_id", event.enrollment.value()},
          {"device_id", event.enrollment.device_value()},
          {"type", api_enrollment_type(event.enrollment.type())},
          {"status", json_text(event.status)},
          {"command_uuid", json_text(event.command_uuid)},
          {"token_update_tally",
           event.topic == token_update_topic ? Json(event.token_update_tally) : Json(nullptr)}};
}

void EventsApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/events", 0, *this, &EventsApi::list,
             {"enrollment", "topic", "after", limit_parameter, cursor_parameter});
}

Result<HttpResponse> EventsApi::list(const RoutedRequest& request) {
  if (!door_.feed || door_.bell == nullptr) {
    return Error{ErrorCode::conflict, "this server keeps no events", "start it with --events on"};
  }
  EventFilter filter;
  filter.enrollment_id = request.http.query("enrollment").value_or("");
  filter.topic = request.http.query("topic").value_or("");
  if (wants_stream(request.http)) {
    return stream(request, std::move(filter));
  }
  TRY_ASSIGN(const auto page, page_request(request.http, "events"));
  TRY_ASSIGN(auto after, position(request.http, 0));
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_event_number(page.after, "cursor"));
  }
  TRY_ASSIGN(auto found, events_.after(after, filter, page.limit + 1));
  Page<Event> events{std::move(found), {}};
  if (events.items.size() > page.limit) {
    events.items.pop_back();
    events.next = std::to_string(events.items.back().number);
  }
  return json_response(200, page_document("events", events, event_document));
}

Result<HttpResponse> EventsApi::stream(const RoutedRequest& request, EventFilter filter) {
  TRY_ASSIGN(const std::int64_t newest, events_.newest());
  TRY_ASSIGN(const std::int64_t after, position(request.http, newest));
  auto place = followers_.take_place();
  if (!place) {
    return no_place_response("ask for the list now and then: ?after=NUMBER", request.trace_id);
  }
  const auto stream = std::make_shared<EventStream>(
      events_, *door_.bell, std::move(place), after, std::move(filter),
      welcome_while_good(request.caller, tokens_, clock_));
  return stream_response([stream] { return stream->pull(); });
}

}  // namespace bramley
