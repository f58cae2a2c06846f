#include "server/http/nanomdm_handler.h"

#include <algorithm>

#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/nanomdm_json.h"
#include "server/http/route_roles.h"

namespace bramley {
namespace {

constexpr std::string_view no_ids = "getting enrollment ids: empty path";

// The captured path is decoded already, so %2C separates as a comma does: NanoMDM's way (trap 34).
std::vector<std::string> split_ids(std::string_view path) {
  std::vector<std::string> ids;
  while (!path.empty()) {
    const std::size_t comma = path.find(',');
    ids.emplace_back(path.substr(0, comma));
    if (comma == std::string_view::npos) {
      break;
    }
    path.remove_prefix(comma + 1);
    if (path.empty()) {
      ids.emplace_back();
    }
  }
  return ids;
}

HttpResponse answer_json(int status, const Json& document) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = nanomdm_json(document);
  return response;
}

HttpResponse json_error(int status, std::string_view message) {
  return answer_json(status, {{"error", message}});
}

HttpResponse push_certificate_response(const PushCertificate& push) {
  return answer_json(
      200, {{"not_after", json_time(push.certificate.not_after())}, {"topic", push.topic}});
}

HttpResponse unauthorized() {
  HttpResponse response = text_response(401, "Unauthorized");
  response.headers.set("WWW-Authenticate", "Basic realm=\"bramley\"");
  return response;
}

}  // namespace

NanoMdmHandler::NanoMdmHandler(Dependencies dependencies) : with_(std::move(dependencies)) {
  for (const char* method : {"PUT", "POST", "GET"}) {
    router_.add(method, "/v1/enqueue/{ids...}", limits::command_plist, *this,
                &NanoMdmHandler::enqueue);
  }
  router_.add("*", "/v1/push/{ids...}", limits::admin_body, *this, &NanoMdmHandler::push);
  router_.add("GET", "/v1/pushcert", 0, *this, &NanoMdmHandler::show_push_certificate);
  router_.add("PUT", "/v1/pushcert", limits::push_certificate_body, *this,
              &NanoMdmHandler::store_push_certificate);
  if (with_.extras.migration != nullptr) {
    for (const char* method : {"PUT", "POST"}) {
      router_.add(method, "/migration", limits::admin_body, *this, &NanoMdmHandler::migrate);
    }
  }
  if (with_.extras.escrow_key_unlock != nullptr) {
    router_.add("POST", "/v1/escrowkeyunlock", limits::escrow_key_form, *this,
                &NanoMdmHandler::unlock_escrow_key);
  }
}

std::uint64_t NanoMdmHandler::body_limit(const HttpRequest& head) {
  const Router::Found found = router_.find(head.method, head.raw_path());
  const auto* match = std::get_if<Router::Match>(&found);
  return with_.authenticator.body_limit(
      head, match != nullptr ? match->route->body_limit : limits::ignored_body);
}

HttpResponse NanoMdmHandler::handle(const HttpRequest& request) {
  const std::string trace_id = trace_id_of(request, with_.random);
  HttpResponse response = answer(request, trace_id);
  response.headers.set("X-Trace-Id", trace_id);
  return response;
}

HttpResponse NanoMdmHandler::answer(const HttpRequest& request, std::string_view trace_id) {
  if (request.raw_path() == "/version") {
    return version();
  }
  const auto caller = with_.authenticator.caller_of(request);
  if (!caller) {
    return refusal(caller.error(), request, trace_id);
  }
  // Their GET changes things, which HEAD must not.
  const Router::Found found = router_.find(request.method, request.raw_path());
  if (const auto* other = std::get_if<Router::NoMethod>(&found)) {
    return method_not_allowed(other->allow);
  }
  const auto* match = std::get_if<Router::Match>(&found);
  if (match == nullptr) {
    return text_response(404, "404 page not found");
  }
  if (const Status allowed = check_role(*match->route, *caller); !allowed) {
    return refusal(allowed.error(), request, trace_id);
  }
  auto response = match->route->action({request, match->path, trace_id, *caller});
  return response ? *std::move(response) : refusal(response.error(), request, trace_id);
}

HttpResponse NanoMdmHandler::refusal(const Error& error, const HttpRequest& request,
                                     std::string_view trace_id) const {
  if (error.code == ErrorCode::unauthenticated) {
    with_.authenticator.log_refusal(request, trace_id);
    return unauthorized();
  }
  const int status = status_for_admin(error.code);
  log_failure(with_.log, error, request, status, trace_id);
  const std::string text = error.message + (error.hint.empty() ? "" : ": " + error.hint);
  // NanoMDM knows no callers of several kinds: this one is ours, with its member for its clients.
  return error.code == ErrorCode::forbidden
             ? problem_response(status, error, trace_id, "error", text)
             : json_error(status, text);
}

Result<HttpResponse> NanoMdmHandler::enqueue(const RoutedRequest& request) {
  if (request.http.method == "HEAD") {
    return method_not_allowed("PUT, POST, GET");
  }
  NanoMdmResult result;
  const std::vector<std::string> ids = split_ids(request.path.get("ids"));
  // Any value counts, even 0.
  result.no_push = !request.http.query("nopush").value_or("").empty();
  if (ids.empty()) {
    result.no_push = false;
    result.command_error = no_ids;
    return result.response();
  }
  if (request.http.body.empty() && !result.no_push) {
    return push_to(ids);
  }
  if (request.http.body.empty()) {
    result.command_error = "must enqueue or push";
    return result.response();
  }
  const auto sent = with_.commands.send(
      ids, request.http.body, result.no_push ? AfterQueueing::no_push : AfterQueueing::push, {},
      request.caller);
  if (!sent && sent.error().code == ErrorCode::forbidden) {
    return sent.error();
  }
  if (!sent) {
    log_failure(with_.log, sent.error(), request.http, 500, request.trace_id);
    result.command_error = sent.error().message;
    return result.response();
  }
  result.targets = sent->targets;
  result.command_uuid = sent->uuid;
  result.request_type = sent->request_type;
  result.add(sent->refused);
  result.add(sent->pushes);
  return result.response();
}

Result<HttpResponse> NanoMdmHandler::push(const RoutedRequest& request) {
  if (request.http.method == "HEAD") {
    return method_not_allowed("GET, PUT, POST");
  }
  const std::vector<std::string> ids = split_ids(request.path.get("ids"));
  if (ids.empty()) {
    NanoMdmResult result;
    result.push_error = no_ids;
    return result.response();
  }
  return push_to(ids);
}

HttpResponse NanoMdmHandler::push_to(const std::vector<std::string>& ids) {
  NanoMdmResult result;
  result.add(with_.pushes.push(ids, 0));
  result.targets = result.status.size();
  return result.response();
}

Result<HttpResponse> NanoMdmHandler::show_push_certificate(const RoutedRequest& request) {
  const std::string topic = request.http.query("topic").value_or("");
  if (topic.empty()) {
    return json_error(400, "missing required query parameter: topic");
  }
  for (const PushCertificate& push : with_.credentials.push_certificates()) {
    if (push.topic == topic) {
      return push_certificate_response(push);
    }
  }
  // 500 and not 404: what NanoMDM answers.
  return json_error(500, "no push certificate for this topic");
}

Result<HttpResponse> NanoMdmHandler::store_push_certificate(const RoutedRequest& request) {
  TRY_ASSIGN(const PushCertificate stored, with_.push_certificates.store(request.http.body));
  return push_certificate_response(stored);
}

Result<HttpResponse> NanoMdmHandler::migrate(const RoutedRequest& request) {
  const auto answer_failure = [&](const Error& error, int status) {
    log_failure(with_.log, error, request.http, status, request.trace_id);
    return text_response(status, error.message);
  };
  const auto message = parse_checkin(request.http.body);
  if (!message) {
    return answer_failure(message.error(), 400);
  }
  if (const Status taken = with_.extras.migration->take(*message); !taken) {
    const bool ours =
        taken.error().code == ErrorCode::unavailable || taken.error().code == ErrorCode::internal;
    return answer_failure(taken.error(), ours ? 500 : 400);
  }
  return HttpResponse{};
}

Result<HttpResponse> NanoMdmHandler::unlock_escrow_key(const RoutedRequest& request) {
  auto answer = with_.extras.escrow_key_unlock->unlock(request.http);
  if (!answer) {
    // 500 for all but a form that lacks something: what NanoMDM answers.
    const int status = answer.error().code == ErrorCode::malformed ? 400 : 500;
    log_failure(with_.log, answer.error(), request.http, status, request.trace_id);
    return json_error(status, answer.error().message);
  }
  return answer;
}

HttpResponse NanoMdmHandler::version() const {
  HttpResponse response;
  response.headers.set("Content-Type", "application/json");
  // One line without a newline, as NanoMDM does it.
  response.body = json_body({{"version", with_.version}});
  response.body.pop_back();
  return response;
}

}  // namespace bramley
