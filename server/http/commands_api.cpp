#include "server/http/commands_api.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/encoding.h"
#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/events_api.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"
#include "server/http/recipients_field.h"
#include "server/http/result_stream.h"
#include "server/http/token_watch.h"
#include "server/service/message_secrets.h"

namespace bramley {
namespace {

struct SendRequest {
  RecipientsField who;
  std::optional<std::int64_t> expect_count;
  Bytes plist;
  std::int64_t priority = 0;
  std::optional<std::chrono::seconds> ttl;
  bool push = true;
};

Result<std::vector<std::string>> take_targets(JsonObject& body) {
  TRY_ASSIGN(auto targets, body.take_texts("targets"));
  if (!targets || targets->empty()) {
    return Error{ErrorCode::malformed, "\"targets\" must name at least one enrollment"};
  }
  return *std::move(targets);
}

Result<SendRequest> parse_send(ByteView json) {
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  SendRequest request;
  TRY_ASSIGN(request.who, take_recipients(body));
  TRY_ASSIGN(request.expect_count, body.take_integer("expect_count", 0, INT64_MAX));
  TRY_ASSIGN(request.ttl, body.take_ttl("ttl"));
  TRY_ASSIGN(const auto priority, body.take_integer("priority", lowest_priority, highest_priority));
  request.priority = priority.value_or(0);
  TRY_ASSIGN(const auto encoded, body.take_long_text("plist"));
  TRY_ASSIGN(const auto push, body.take_bool("push"));
  TRY(body.finish());
  if (!encoded) {
    return Error{ErrorCode::malformed, "\"plist\" must be the command's plist in base64"};
  }
  auto plist = decode_base64(*encoded);
  if (!plist) {
    return std::move(plist).error().while_doing("\"plist\"");
  }
  request.plist = *std::move(plist);
  request.push = push.value_or(true);
  return request;
}

// Whoever sends to a few wants to know whether they woke; a fleet is woken in the background.
AfterQueueing after_queueing(const SendRequest& request, std::size_t targets) {
  if (!request.push) {
    return AfterQueueing::no_push;
  }
  return targets <= limits::pushes_waited_for ? AfterQueueing::push : AfterQueueing::wake;
}

std::string devices_in_words(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " device" : " devices");
}

// What was not as the caller thought: the answer, with the number that was found.
std::optional<HttpResponse> unexpected(const SendRequest& request, const Matched& found,
                                       std::string_view trace_id) {
  if (request.expect_count && *request.expect_count != found.matched) {
    const Error error{ErrorCode::conflict,
                      "matched " + devices_in_words(found.matched) + ", and not the " +
                          std::to_string(*request.expect_count) +
                          " that were expected; nothing was queued",
                      "look at who is meant, and expect that many"};
    return problem_response(409, error, trace_id, "matched", found.matched);
  }
  if (found.stale > 0) {
    const Error error{ErrorCode::conflict,
                      devices_in_words(found.stale) + " of " + std::to_string(found.matched) +
                          " matched on facts that are older than max_age; nothing was queued",
                      "ask them for DeviceInformation first, or allow older facts"};
    return problem_response(409, error, trace_id, "stale", found.stale);
  }
  return std::nullopt;
}

// Nobody that a name means is left to queue it for: the queue says why, unless the names do.
void say_why_refused(QueuedCommand& outcome, const std::vector<CommandQueue::Refusal>& unresolved) {
  // There may be as many as a body can name.
  std::unordered_map<std::string_view, std::size_t> places;
  outcome.refused.reserve(outcome.refused.size() + unresolved.size());
  for (std::size_t i = 0; i < outcome.refused.size(); ++i) {
    places.emplace(outcome.refused[i].enrollment_id, i);
  }
  for (const CommandQueue::Refusal& refusal : unresolved) {
    const auto known = places.find(refusal.enrollment_id);
    if (known != places.end()) {
      outcome.refused[known->second].error = refusal.error;
    } else {
      outcome.refused.push_back(refusal);
      ++outcome.targets;
    }
  }
}

// As it is right after the queueing: nothing has been answered yet.
CommandSummary fresh_summary(const QueuedCommand& command, const CommandTerms& terms,
                             const ApiCaller& caller) {
  const auto queued = static_cast<std::int64_t>(command.queued());
  CommandSummary summary;
  summary.uuid = command.uuid;
  summary.request_type = command.request_type;
  summary.created_at = command.created_at;
  summary.created_by = caller.token;
  summary.priority = terms.priority;
  summary.expires_at = terms.expires_at;
  summary.targets = queued;
  summary.pending = queued;
  return summary;
}

HttpResponse all_refused(const QueuedCommand& command, std::string_view trace_id) {
  const bool none_found =
      std::all_of(command.refused.begin(), command.refused.end(),
                  [](const auto& refusal) { return refusal.error.code == ErrorCode::not_found; });
  const Error error{none_found ? ErrorCode::not_found : ErrorCode::conflict,
                    "no target could take the command; nothing was queued"};
  return problem_response(status_for_admin(error.code), error, trace_id, "refused",
                          refusals_document(command.refused));
}

Result<std::optional<CommandCount>> wanted_status(const HttpRequest& request) {
  std::optional<CommandCount> status;
  if (const auto name = request.query("status")) {
    TRY_ASSIGN(status, parse_command_count(*name));
  }
  return status;
}

Result<CommandFilter> command_filter(const HttpRequest& request) {
  CommandFilter filter;
  filter.enrollment_id = request.query("device").value_or("");
  filter.request_type = request.query("type").value_or("");
  if (const auto since = request.query("since")) {
    auto time = parse_rfc3339(*since);
    if (!time) {
      return Error{ErrorCode::malformed, "\"since\" must be a time as in RFC 3339"};
    }
    filter.since = *time;
  }
  TRY_ASSIGN(filter.status, wanted_status(request));
  return filter;
}

// A slice at a time: a page of reports must fit into memory.
Result<Page<CommandDelivery>> bounded_results(const CommandQueue& queue, std::string_view uuid,
                                              const PageRequest& page,
                                              const std::optional<CommandCount>& status) {
  Page<CommandDelivery> gathered;
  gathered.next = page.after;
  std::size_t bytes = 0;
  std::size_t slices = 0;
  do {
    const std::size_t left = page.limit - gathered.items.size();
    TRY_ASSIGN(auto slice,
               queue.results(uuid, {std::min(left, limits::results_slice), gathered.next},
                             limits::report_in_list, status));
    ++slices;
    for (CommandDelivery& delivery : slice.items) {
      bytes += delivery.report.size();
      gathered.items.push_back(std::move(delivery));
    }
    gathered.next = std::move(slice.next);
  } while (!gathered.next.empty() && gathered.items.size() < page.limit &&
           bytes < limits::results_page_bytes && slices < limits::results_slices);
  return gathered;
}

Result<CommandDelivery> find_result(const CommandQueue& queue, const PathCaptures& path) {
  TRY_ASSIGN(auto found, queue.result(path.get("uuid"), path.get("id")));
  if (!found) {
    return Error{ErrorCode::not_found,
                 "command " + path.get("uuid") + " was not sent to " + path.get("id")};
  }
  return *std::move(found);
}

// Answers hold recovery keys, unlock tokens and bypass codes, which are an admin's alone.
void hide_secrets(CommandDelivery& delivery, const ApiCaller& caller) {
  if (caller.role < ApiRole::admin && !delivery.report.empty()) {
    delivery.report = without_secrets(delivery.report);
  }
}

}  // namespace

void CommandsApi::add_routes(Router& router) {
  router.add("POST", "/api/v1/commands", limits::command_request, *this, &CommandsApi::send);
  router.add("GET", "/api/v1/commands", 0, *this, &CommandsApi::list,
             {"device", "type", "since", "status", limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/commands/{uuid}", 0, *this, &CommandsApi::show);
  router.add("DELETE", "/api/v1/commands/{uuid}", limits::ignored_body, *this, &CommandsApi::cancel,
             {"device"});
  router.add("GET", "/api/v1/commands/{uuid}/results", 0, *this, &CommandsApi::results,
             {"status", limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/commands/{uuid}/results/{id}", 0, *this, &CommandsApi::result);
  router.add("GET", "/api/v1/commands/{uuid}/results/{id}/report", 0, *this, &CommandsApi::report);
  router.add("POST", "/api/v1/push", limits::admin_body, *this, &CommandsApi::push);
}

Result<HttpResponse> CommandsApi::send(const RoutedRequest& request) {
  TRY_ASSIGN(const auto wanted, parse_send(request.http.body));
  std::vector<std::string> targets;
  TRY_ASSIGN(const auto found, selector_.ids(wanted.who.recipients, wanted.who.max_age, targets));
  if (auto refused = unexpected(wanted, found, request.trace_id)) {
    return *std::move(refused);
  }
  if (targets.empty() && wanted.who.recipients.names.empty()) {
    return Error{ErrorCode::not_found, wanted.who.recipients.selection
                                           ? "no enrolled device matches; nothing was queued"
                                           : "no device is enrolled; nothing was queued"};
  }
  if (targets.empty()) {
    targets = wanted.who.recipients.names;
  }
  CommandTerms terms{.priority = wanted.priority};
  if (wanted.ttl) {
    terms.expires_at = clock_.now() + *wanted.ttl;
  }
  TRY_ASSIGN(auto outcome,
             commands_.send(targets, wanted.plist, after_queueing(wanted, targets.size()), terms,
                            request.caller));
  say_why_refused(outcome, found.refused);
  if (outcome.queued() == 0) {
    return all_refused(outcome, request.trace_id);
  }
  const Json document = {
      {"command", command_document(fresh_summary(outcome, terms, request.caller))},
      {"queued", outcome.queued()},
      {"refused", refusals_document(outcome.refused)},
      {"push", push_document(outcome.pushes)}};
  return json_response(outcome.refused.empty() ? 201 : 200, document);
}

Result<HttpResponse> CommandsApi::list(const RoutedRequest& request) {
  TRY_ASSIGN(const auto filter, command_filter(request.http));
  TRY_ASSIGN(const auto page, page_request(request.http, "commands"));
  TRY_ASSIGN(const auto found, store_.commands().list(filter, page));
  return json_response(200, page_document("commands", found, command_document));
}

Result<HttpResponse> CommandsApi::show(const RoutedRequest& request) {
  const std::string& uuid = request.path.get("uuid");
  TRY_ASSIGN(const auto found, store_.commands().find(uuid));
  if (!found) {
    return Error{ErrorCode::not_found, "no command " + uuid};
  }
  return json_response(200, command_document(*found));
}

Result<HttpResponse> CommandsApi::results(const RoutedRequest& request) {
  if (wants_stream(request.http) && following_.bell != nullptr) {
    return follow(request);
  }
  TRY_ASSIGN(const auto page, page_request(request.http, "results"));
  TRY_ASSIGN(const auto status, wanted_status(request.http));
  TRY_ASSIGN(const auto found,
             bounded_results(store_.commands(), request.path.get("uuid"), page, status));
  const auto document = [&](CommandDelivery delivery) {
    hide_secrets(delivery, request.caller);
    return result_document(delivery);
  };
  return json_response(200, page_document("results", found, document));
}

ResultStream::Audience CommandsApi::audience_of(const ApiCaller& caller) const {
  return {welcome_while_good(caller, store_.tokens(), clock_),
          [caller](CommandDelivery& delivery) { hide_secrets(delivery, caller); }};
}

Result<HttpResponse> CommandsApi::follow(const RoutedRequest& request) {
  const std::string& uuid = request.path.get("uuid");
  std::int64_t after = 0;
  if (const auto last = request.http.headers.find("Last-Event-ID")) {
    TRY_ASSIGN(after, parse_event_number(*last, "Last-Event-ID"));
  }
  if (request.http.query("status")) {
    return Error{ErrorCode::malformed, "\"status\" is for the list: a stream has every result"};
  }
  TRY_ASSIGN(const auto found, store_.commands().find(uuid));
  if (!found) {
    return Error{ErrorCode::not_found, "no such command"};
  }
  auto place = following_.followers.take_place();
  if (!place) {
    return no_place_response("ask for the list now and then", request.trace_id);
  }
  const auto stream =
      std::make_shared<ResultStream>(store_.commands(), *following_.bell, std::move(place),
                                     audience_of(request.caller), uuid, after);
  return stream_response([stream] { return stream->pull(); });
}

Result<HttpResponse> CommandsApi::result(const RoutedRequest& request) {
  TRY_ASSIGN(auto found, find_result(store_.commands(), request.path));
  if (found.report_size > limits::report_in_json) {
    found.report.clear();
  }
  hide_secrets(found, request.caller);
  return json_response(200, result_document(found));
}

Result<HttpResponse> CommandsApi::report(const RoutedRequest& request) {
  TRY_ASSIGN(auto found, find_result(store_.commands(), request.path));
  if (found.report.empty()) {
    return Error{ErrorCode::not_found, "no report yet"};
  }
  hide_secrets(found, request.caller);
  HttpResponse response;
  response.headers.set("Content-Type", "application/octet-stream");
  response.body = std::move(found.report);
  return response;
}

Result<HttpResponse> CommandsApi::cancel(const RoutedRequest& request) {
  const std::string& uuid = request.path.get("uuid");
  const std::string device = request.http.query("device").value_or("");
  if (request.http.query("device") && device.empty()) {
    return Error{ErrorCode::malformed, "\"device\" must name an enrollment"};
  }
  if (request.caller.is_limited_to_types()) {
    TRY_ASSIGN(const auto known, store_.commands().find(uuid));
    TRY(known ? request.caller.may_command(known->request_type) : Status());
  }
  TRY_ASSIGN(const auto cancelled, store_.commands().cancel(uuid, device, clock_.now()));
  if (!device.empty()) {
    TRY_ASSIGN(const auto sent, store_.commands().result(uuid, device));
    if (!sent) {
      return Error{ErrorCode::not_found, "the command was not sent to " + device};
    }
  }
  TRY_ASSIGN(const auto command, store_.commands().find(uuid));
  if (!command) {
    return Error{ErrorCode::not_found, "no command " + uuid};
  }
  return json_response(200, {{"cancelled", cancelled}, {"command", command_document(*command)}});
}

Result<HttpResponse> CommandsApi::push(const RoutedRequest& request) {
  TRY_ASSIGN(auto body, JsonObject::parse(request.http.body));
  TRY_ASSIGN(const auto targets, take_targets(body));
  TRY(body.finish());
  return json_response(200, push_document(pushes_.push(targets, 0)));
}

}  // namespace bramley
