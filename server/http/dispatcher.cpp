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

}  // namespace

Dispatcher::Family Dispatcher::family_of(const HttpRequest& request) const {
  const std::string_view path = request.raw_path();
  const bool on_api_listener = request.peer.listener == "api";
  if (!on_api_listener && (path == routes_.mdm_path || path == routes_.check_in_path)) {
    return Family::devices;
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
  return family_of(head) == Family::api ? routes_.api->body_too_large(head)
                                        : HttpHandler::body_too_large(head);
}

HttpResponse Dispatcher::handle(const HttpRequest& request) {
  switch (family_of(request)) {
    case Family::devices:
      return routes_.devices->handle(request);
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
