#include "server/http/dispatcher.h"

namespace bramley {
namespace {

bool is_under(std::string_view path, std::string_view root) {
  return path == root ||
         (path.starts_with(root) && path.size() > root.size() && path[root.size()] == '/');
}

bool is_public(std::string_view path) {
  return is_under(path, "/enroll") || path == "/healthz" || path == "/readyz" || path == "/version";
}

RequestEndpoint endpoint_of(std::string_view path) {
  if (is_under(path, "/api")) {
    return RequestEndpoint::api;
  }
  if (is_under(path, "/v1") || path == "/migration") {
    return RequestEndpoint::nanomdm;
  }
  if (is_under(path, "/enroll")) {
    return RequestEndpoint::enroll;
  }
  return is_public(path) ? RequestEndpoint::health : RequestEndpoint::other;
}

}  // namespace

Dispatcher::Family Dispatcher::family_of(const HttpRequest& request) const {
  const std::string_view path = request.raw_path();
  const bool on_api_listener = request.peer.listener == "api";
  if (!on_api_listener && (path == routes_.mdm_path || path == routes_.check_in_path)) {
    return Family::devices;
  }
  if (!on_api_listener && routes_.auth_proxy != nullptr && is_under(path, "/authproxy")) {
    return Family::auth_proxy;
  }
  if (!on_api_listener && routes_.scep != nullptr && is_under(path, "/scep")) {
    return Family::scep;
  }
  if (!routes_.api_apart || on_api_listener || is_public(path)) {
    return Family::api;
  }
  return Family::none;
}

std::uint64_t Dispatcher::body_limit(const HttpRequest& head) {
  switch (family_of(head)) {
    case Family::devices:
      return routes_.devices->body_limit(head);
    case Family::auth_proxy:
      return routes_.auth_proxy->body_limit(head);
    case Family::scep:
      return routes_.scep->body_limit(head);
    case Family::api:
      return routes_.api->body_limit(head);
    case Family::none:
      return 0;
  }
  return 0;
}

HttpResponse Dispatcher::body_too_large(const HttpRequest& head) {
  HttpResponse response = family_of(head) == Family::api ? routes_.api->body_too_large(head)
                                                         : HttpHandler::body_too_large(head);
  if (routes_.observer != nullptr) {
    routes_.observer->finished(head, facts_of(head), response.status, std::chrono::nanoseconds(0));
  }
  return response;
}

void Dispatcher::refused_at_the_door(const HttpPeer& /*peer*/, int status) {
  if (routes_.observer != nullptr) {
    routes_.observer->refused_at_the_door(status);
  }
}

RequestFacts Dispatcher::facts_of(const HttpRequest& request) const {
  RequestFacts facts;
  switch (family_of(request)) {
    case Family::devices:
      facts.endpoint = RequestEndpoint::mdm;
      break;
    case Family::auth_proxy:
      facts.endpoint = RequestEndpoint::auth_proxy;
      break;
    case Family::scep:
      facts.endpoint = RequestEndpoint::scep;
      facts.message = scep_message_of(request.query("operation").value_or(""));
      break;
    case Family::api:
      facts.endpoint = endpoint_of(request.raw_path());
      break;
    case Family::none:
      break;
  }
  return facts;
}

HttpResponse Dispatcher::handle(const HttpRequest& request) {
  RequestFacts facts = facts_of(request);
  if (routes_.observer == nullptr) {
    return answer(request, facts);
  }
  const auto begun = std::chrono::steady_clock::now();
  try {
    HttpResponse response = answer(request, facts);
    routes_.observer->finished(request, facts, response.status,
                               std::chrono::steady_clock::now() - begun);
    return response;
  } catch (...) {
    // The listener answers 500.
    routes_.observer->finished(request, facts, 500, std::chrono::steady_clock::now() - begun);
    throw;
  }
}

HttpResponse Dispatcher::answer(const HttpRequest& request, RequestFacts& facts) {
  switch (family_of(request)) {
    case Family::devices: {
      HttpResponse response = routes_.devices->handle(request, facts);
      if (routes_.dump != nullptr) {
        routes_.dump->note(request, facts, response);
      }
      return response;
    }
    case Family::auth_proxy:
      return routes_.auth_proxy->handle(request);
    case Family::scep:
      return routes_.scep->handle(request);
    case Family::api:
      return routes_.api->handle(request);
    case Family::none:
      break;
  }
  HttpResponse response;
  response.status = 404;
  return response;
}

}  // namespace bramley
