#include "server/http/webhooks_api.h"

#include <algorithm>
#include <limits>

#include "core/base/encoding.h"
#include "server/http/error_response.h"
#include "server/http/events_api.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

Json webhook_document(const WebhookState& webhook, bool configured) {
  const char* const state = !configured ? "unused" : webhook.paused ? "paused" : "running";
  return {{"id", webhook.id},
          {"url", webhook.url},
          {"state", state},
          {"position", webhook.position},
          {"behind", webhook.behind},
          {"waiting", webhook.waiting},
          {"parked", webhook.parked},
          {"oldest_at", json_time(webhook.oldest_at)},
          {"delivered_at", json_time(webhook.delivered_at)},
          {"failed_at", json_time(webhook.failed_at)},
          {"last_error", json_text(webhook.last_error)}};
}

Json parked_document(const HeldEvent& held) {
  Json document = event_document(held.event);
  document["attempts"] = held.attempts;
  document["first_failed_at"] = json_time(held.first_failed_at);
  document["error"] = json_text(held.error);
  return document;
}

}  // namespace

void WebhooksApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/webhooks", 0, *this, &WebhooksApi::list,
             {limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/webhooks/{id}", 0, *this, &WebhooksApi::show);
  router.add("GET", "/api/v1/webhooks/{id}/parked", 0, *this, &WebhooksApi::parked,
             {limit_parameter, cursor_parameter});
  const auto body = limits::ignored_body;
  router.add("POST", "/api/v1/webhooks/{id}/test", body, *this, &WebhooksApi::test);
  router.add("POST", "/api/v1/webhooks/{id}/pause", body, *this, &WebhooksApi::pause);
  router.add("POST", "/api/v1/webhooks/{id}/resume", body, *this, &WebhooksApi::resume);
  router.add("POST", "/api/v1/webhooks/{id}/replay", body, *this, &WebhooksApi::replay);
}

bool WebhooksApi::is_configured(const WebhookState& webhook) const {
  return std::ranges::find(door_.webhook_urls, webhook.url) != door_.webhook_urls.end();
}

void WebhooksApi::ring() const {
  if (door_.bell != nullptr) {
    door_.bell->ring();
  }
}

Result<HttpResponse> WebhooksApi::list(const RoutedRequest& request) {
  // All on one page: each is a flag of the server.
  TRY(check_single_page(request.http, "webhooks"));
  TRY_ASSIGN(const auto found, events_.webhooks());
  Json items = Json::array();
  for (const WebhookState& webhook : found) {
    items.push_back(webhook_document(webhook, is_configured(webhook)));
  }
  return json_response(200, page_document("webhooks", std::move(items), ""));
}

Result<HttpResponse> WebhooksApi::show(const RoutedRequest& request) {
  return state(request, 200);
}

Result<HttpResponse> WebhooksApi::state(const RoutedRequest& request, int status) {
  TRY_ASSIGN(const auto webhook, events_.webhook(request.path.get("id")));
  return json_response(status, webhook_document(webhook, is_configured(webhook)));
}

Result<HttpResponse> WebhooksApi::parked(const RoutedRequest& request) {
  TRY_ASSIGN(const auto page, page_request(request.http, "events"));
  std::int64_t after = 0;
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_event_number(page.after, "cursor"));
  }
  TRY_ASSIGN(auto found, events_.parked(request.path.get("id"), after, page.limit + 1));
  Page<HeldEvent> events{std::move(found), {}};
  if (events.items.size() > page.limit) {
    events.items.pop_back();
    events.next = std::to_string(events.items.back().event.number);
  }
  return json_response(200, page_document("events", events, parked_document));
}

// At once, beside what waits, and whether or not the webhook is paused.
Result<HttpResponse> WebhooksApi::test(const RoutedRequest& request) {
  TRY_ASSIGN(const auto webhook, events_.webhook(request.path.get("id")));
  if (door_.http == nullptr || !is_configured(webhook)) {
    return Error{ErrorCode::conflict, "this server does not deliver to that webhook any more",
                 "start it with --webhook-url " + webhook.url};
  }
  Event event{EnrollmentId::device("bramley-webhook-test")};
  event.id = encode_hex(random_bytes(random_, 8));
  event.topic = "bramley.Test";
  event.created_at = clock_.now();
  const auto answer = door_.http->send(webhook_request(webhook.url, event, {}, door_.terms));
  const bool taken = answer && answer->status >= 200 && answer->status < 300;
  return json_response(200, {{"id", webhook.id},
                             {"event_id", event.id},
                             {"delivered", taken},
                             {"status", answer ? Json(answer->status) : Json(nullptr)},
                             {"error", answer ? Json(nullptr) : Json(answer.error().message)}});
}

Result<HttpResponse> WebhooksApi::set_flow(const RoutedRequest& request, EventStore::Flow flow) {
  TRY(events_.set_flow(request.path.get("id"), flow));
  ring();
  return state(request, 200);
}

Result<HttpResponse> WebhooksApi::pause(const RoutedRequest& request) {
  return set_flow(request, EventStore::Flow::paused);
}

Result<HttpResponse> WebhooksApi::resume(const RoutedRequest& request) {
  return set_flow(request, EventStore::Flow::running);
}

// {"after":N}: all from there on. Otherwise what is parked.
Result<HttpResponse> WebhooksApi::replay(const RoutedRequest& request) {
  TRY_ASSIGN(auto body, JsonObject::parse(request.http.body));
  TRY_ASSIGN(const auto after,
             body.take_integer("after", 0, std::numeric_limits<std::int64_t>::max()));
  TRY(body.finish());
  const std::string& id = request.path.get("id");
  if (after) {
    TRY(events_.replay_after(id, *after));
  } else {
    TRY(events_.replay_parked(id, clock_.now()));
  }
  ring();
  return state(request, 200);
}

}  // namespace bramley
