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

// `definition`: null of a flag's.
Json webhook_document(const WebhookState& webhook, const WebhookDefinition* definition,
                      const WebhookTerms* flag) {
  const bool used = definition != nullptr || flag != nullptr;
  const WebhookTerms terms = definition != nullptr ? webhook_terms(*definition)
                             : flag != nullptr     ? *flag
                                                   : WebhookTerms();
  const std::string check =
      definition == nullptr ? "" : hmac_key_check(definition->hmac_key.get(), definition->id);
  const auto known = [&](Json value) { return used ? std::move(value) : Json(nullptr); };
  return {{"id", webhook.id},
          {"name", json_text(definition == nullptr ? "" : definition->name)},
          {"origin", definition != nullptr ? "api" : "flag"},
          {"url", webhook.url},
          {"format", known(terms.format == WebhookFormat::nanomdm ? "nanomdm" : "micromdm")},
          {"redact", known(terms.secrets == WebhookTerms::Secrets::leave_out)},
          {"idle", known(terms.idle == WebhookTerms::Idle::tell)},
          {"signed", known(terms.hmac_key != nullptr)},
          {"hmac_key_check", json_text(check)},
          {"state", !used            ? "unused"
                    : webhook.paused ? "paused"
                                     : "running"},
          {"position", webhook.position},
          {"behind", webhook.behind},
          {"waiting", webhook.waiting},
          {"parked", webhook.parked},
          {"oldest_at", json_time(webhook.oldest_at)},
          {"delivered_at", json_time(webhook.delivered_at)},
          {"failed_at", json_time(webhook.failed_at)},
          {"last_error", json_text(webhook.last_error)}};
}

const WebhookDefinition* find_definition(const std::vector<WebhookDefinition>& defined,
                                         std::string_view id) {
  const auto found = std::ranges::find_if(
      defined, [&](const WebhookDefinition& webhook) { return webhook.id == id; });
  return found == defined.end() ? nullptr : &*found;
}

Result<std::optional<WebhookFormat>> take_format(JsonObject& body) {
  TRY_ASSIGN(const auto format, body.take_text("format", limits::id_field));
  if (!format) {
    return std::optional<WebhookFormat>();
  }
  if (*format != "nanomdm" && *format != "micromdm") {
    return Error{ErrorCode::malformed, "\"format\" must be nanomdm or micromdm"};
  }
  return std::optional(*format == "nanomdm" ? WebhookFormat::nanomdm : WebhookFormat::micromdm);
}

Result<WebhookTermsGiven> parse_terms(ByteView json) {
  using Service = WebhookDefinitionService;
  WebhookTermsGiven given;
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  TRY_ASSIGN(given.name, body.take_text("name", Service::longest_name));
  TRY_ASSIGN(given.url, body.take_text("url", Service::longest_url));
  TRY_ASSIGN(given.format, take_format(body));
  TRY_ASSIGN(given.redact, body.take_bool("redact"));
  TRY_ASSIGN(given.idle, body.take_bool("idle"));
  TRY_ASSIGN(const auto key, body.take_text("hmac_key", Service::longest_key));
  TRY(body.finish());
  if (key) {
    given.hmac_key.emplace(*key);
  }
  return given;
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
  router.add("POST", "/api/v1/webhooks", limits::webhook_body, *this, &WebhooksApi::add);
  router.add("GET", "/api/v1/webhooks/{id}", 0, *this, &WebhooksApi::show);
  router.add("PATCH", "/api/v1/webhooks/{id}", limits::webhook_body, *this, &WebhooksApi::change);
  router.add("DELETE", "/api/v1/webhooks/{id}", limits::ignored_body, *this, &WebhooksApi::remove);
  router.add("GET", "/api/v1/webhooks/{id}/parked", 0, *this, &WebhooksApi::parked,
             {limit_parameter, cursor_parameter});
  const auto body = limits::ignored_body;
  router.add("POST", "/api/v1/webhooks/{id}/test", body, *this, &WebhooksApi::test);
  router.add("POST", "/api/v1/webhooks/{id}/pause", body, *this, &WebhooksApi::pause);
  router.add("POST", "/api/v1/webhooks/{id}/resume", body, *this, &WebhooksApi::resume);
  router.add("POST", "/api/v1/webhooks/{id}/replay", body, *this, &WebhooksApi::replay);
}

bool WebhooksApi::is_of_a_flag(const WebhookState& webhook) const {
  return std::ranges::find(door_.webhook_urls, webhook.url) != door_.webhook_urls.end();
}

Result<std::optional<WebhookDefinition>> WebhooksApi::definition(std::string_view id) const {
  TRY_ASSIGN(const auto defined, events_.webhook_definitions());
  const WebhookDefinition* const found = find_definition(defined, id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

void WebhooksApi::changed() const {
  if (door_.webhooks_changed) {
    door_.webhooks_changed();
  }
}

void WebhooksApi::ring() const {
  if (door_.bell != nullptr) {
    door_.bell->ring();
  }
}

Result<HttpResponse> WebhooksApi::list(const RoutedRequest& request) {
  // All on one page: there are few.
  TRY(check_single_page(request.http, "webhooks"));
  TRY_ASSIGN(const auto found, events_.webhooks());
  TRY_ASSIGN(const auto defined, events_.webhook_definitions());
  Json items = Json::array();
  for (const WebhookState& webhook : found) {
    items.push_back(webhook_document(webhook, find_definition(defined, webhook.id),
                                     is_of_a_flag(webhook) ? &door_.terms : nullptr));
  }
  return json_response(200, page_document("webhooks", std::move(items), ""));
}

Result<HttpResponse> WebhooksApi::show(const RoutedRequest& request) {
  return described(request.path.get("id"), 200);
}

Result<HttpResponse> WebhooksApi::described(std::string_view id, int status) {
  TRY_ASSIGN(const auto webhook, events_.webhook(id));
  TRY_ASSIGN(const auto defined, definition(id));
  return json_response(status, webhook_document(webhook, defined ? &*defined : nullptr,
                                                is_of_a_flag(webhook) ? &door_.terms : nullptr));
}

Result<HttpResponse> WebhooksApi::add(const RoutedRequest& request) {
  TRY_ASSIGN(const auto given, parse_terms(request.http.body));
  TRY_ASSIGN(const auto webhook, definitions_.add(given, request.caller));
  changed();
  return described(webhook.id, 201);
}

Result<HttpResponse> WebhooksApi::change(const RoutedRequest& request) {
  TRY_ASSIGN(const auto given, parse_terms(request.http.body));
  TRY_ASSIGN(const auto webhook,
             definitions_.change(request.path.get("id"), given, request.caller));
  changed();
  return described(webhook.id, 200);
}

Result<HttpResponse> WebhooksApi::remove(const RoutedRequest& request) {
  TRY(definitions_.remove(request.path.get("id"), request.caller));
  changed();
  return no_content_response();
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
  TRY_ASSIGN(const auto defined, definition(webhook.id));
  if (door_.http == nullptr || (!defined && !is_of_a_flag(webhook))) {
    return Error{ErrorCode::conflict, "this server does not deliver to that webhook any more",
                 "start it with --webhook-url " + webhook.url};
  }
  Event event{EnrollmentId::device("bramley-webhook-test")};
  event.id = encode_hex(random_bytes(random_, 8));
  event.topic = "bramley.Test";
  event.created_at = clock_.now();
  const auto answer = door_.http->send(
      webhook_request(webhook.url, event, {}, defined ? webhook_terms(*defined) : door_.terms));
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
  return described(request.path.get("id"), 200);
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
  return described(request.path.get("id"), 200);
}

}  // namespace bramley
