#include "server/http/admin_handler.h"

#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/query_parameters.h"

namespace bramley {

AdminHandler::AdminHandler(Dependencies dependencies)
    : authenticator_(dependencies.authenticator),
      random_(dependencies.random),
      log_(dependencies.log),
      enrollments_(dependencies.store, dependencies.clock, dependencies.log),
      commands_(dependencies.store, dependencies.commands, dependencies.pushes, dependencies.clock,
                {followers_, dependencies.events.bell}),
      profiles_(dependencies.store.certificates(), dependencies.profiles),
      certificates_(dependencies.store.certificates(), dependencies.clock, dependencies.log),
      server_(dependencies.credentials, std::move(dependencies.facts)),
      events_(dependencies.store.events(), dependencies.events, followers_),
      webhooks_(dependencies.store.events(), dependencies.events, dependencies.clock,
                dependencies.random),
      renewals_(dependencies.store.renewals(),
                server_.issues_certificates() ? RenewalsApi::Renewal::possible
                                              : RenewalsApi::Renewal::impossible,
                dependencies.clock) {
  enrollments_.add_routes(router_);
  commands_.add_routes(router_);
  profiles_.add_routes(router_);
  certificates_.add_routes(router_);
  server_.add_routes(router_);
  events_.add_routes(router_);
  webhooks_.add_routes(router_);
  renewals_.add_routes(router_);
}

std::uint64_t AdminHandler::body_limit(const HttpRequest& head) {
  if (!authenticator_.accepts(head)) {
    return limits::unauthenticated_body;
  }
  const Router::Found found = router_.find(head.method, head.raw_path());
  const auto* match = std::get_if<Router::Match>(&found);
  return match != nullptr ? match->route->body_limit : limits::ignored_body;
}

HttpResponse AdminHandler::body_too_large(const HttpRequest& head) {
  const std::string trace_id = trace_id_of(head, random_);
  const std::uint64_t most = body_limit(head);
  HttpResponse response =
      problem_response(413, "too_large",
                       most == 0 ? "this path takes no body"
                                 : "the body may have " + std::to_string(most) + " bytes",
                       trace_id);
  response.headers.set("X-Trace-Id", trace_id);
  return response;
}

HttpResponse AdminHandler::handle(const HttpRequest& request) {
  const std::string trace_id = trace_id_of(request, random_);
  HttpResponse response = answer(request, trace_id);
  response.headers.set("X-Trace-Id", trace_id);
  return response;
}

HttpResponse AdminHandler::answer(const HttpRequest& request, std::string_view trace_id) {
  // Before anything else: a stranger does not even learn which paths exist.
  if (!authenticator_.accepts(request)) {
    authenticator_.log_refusal(request, trace_id);
    HttpResponse response = problem_response(
        Error{ErrorCode::unauthenticated, "the API key is missing or wrong"}, trace_id);
    response.headers.set("WWW-Authenticate", "Bearer");
    return response;
  }
  const Router::Found found = router_.find(request.method, request.raw_path());
  if (const auto* other = std::get_if<Router::NoMethod>(&found)) {
    HttpResponse response = problem_response(
        405, "method_not_allowed", "this path answers " + other->allow + " only", trace_id);
    response.headers.set("Allow", other->allow);
    return response;
  }
  const auto* match = std::get_if<Router::Match>(&found);
  if (match == nullptr) {
    return problem_response(Error{ErrorCode::not_found, "no such path"}, trace_id);
  }
  if (const Status known = refuse_unknown_parameters(request, match->route->query); !known) {
    return problem_response(known.error(), trace_id);
  }
  auto response = match->route->action({request, match->path, trace_id});
  if (!response) {
    HttpResponse problem = problem_response(response.error(), trace_id);
    log_failure(log_, response.error(), request, problem.status, trace_id);
    return problem;
  }
  return *std::move(response);
}

}  // namespace bramley
