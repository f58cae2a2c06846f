#include "server/http/api_handler.h"

#include "server/http/error_response.h"
#include "server/http/limits.h"

namespace bramley {

ApiHandler::ApiHandler(const Dependencies& with)
    : authenticator_(with.api_key, with.store.tokens(), with.clock, with.log),
      admin_({with.store, with.credentials, with.commands, with.pushes, with.profiles,
              authenticator_, with.clock, with.random, with.log, with.facts, with.events}),
      nanomdm_({with.commands, with.pushes, with.credentials, with.push_certificates,
                authenticator_, with.random, with.log, with.facts.version, with.nanomdm}),
      enroll_(with.profiles, with.open_enrollment, with.random, with.log),
      health_(with.store, with.credentials,
              with.facts.scep ? HealthHandler::Scep::on : HealthHandler::Scep::off, with.clock,
              with.log) {}

HttpHandler* ApiHandler::handler_of(const HttpRequest& request) {
  const std::string_view path = request.raw_path();
  if (path.starts_with("/api/")) {
    return &admin_;
  }
  if (path.starts_with("/v1/") || path == "/version" || path == "/migration") {
    return &nanomdm_;
  }
  if (path == "/enroll" || path.starts_with("/enroll/")) {
    return &enroll_;
  }
  if (path == "/healthz" || path == "/readyz") {
    return &health_;
  }
  return nullptr;
}

std::uint64_t ApiHandler::body_limit(const HttpRequest& head) {
  HttpHandler* handler = handler_of(head);
  return handler != nullptr ? handler->body_limit(head) : limits::ignored_body;
}

HttpResponse ApiHandler::body_too_large(const HttpRequest& head) {
  HttpHandler* handler = handler_of(head);
  return handler != nullptr ? handler->body_too_large(head) : HttpHandler::body_too_large(head);
}

HttpResponse ApiHandler::handle(const HttpRequest& request) {
  HttpHandler* handler = handler_of(request);
  return handler != nullptr ? handler->handle(request) : text_response(404, "404 page not found");
}

}  // namespace bramley
