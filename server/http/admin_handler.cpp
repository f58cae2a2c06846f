#include "server/http/admin_handler.h"

#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/query_parameters.h"
#include "server/http/route_roles.h"

namespace bramley {

AdminHandler::AdminHandler(Dependencies dependencies)
    : authenticator_(dependencies.authenticator),
      random_(dependencies.random),
      log_(dependencies.log),
      selector_(dependencies.store.inventory(), dependencies.clock),
      enrollments_(dependencies.store, selector_, dependencies.clock, dependencies.log),
      commands_(dependencies.store, selector_, dependencies.commands, dependencies.pushes,
                dependencies.clock, {followers_, dependencies.events.bell}),
      selections_(selector_),
      profiles_(dependencies.store.certificates(), dependencies.profiles),
      certificates_(dependencies.store.certificates(), dependencies.clock, dependencies.log),
      server_(dependencies.credentials, std::move(dependencies.facts)),
      events_(dependencies.store, dependencies.events, dependencies.clock, followers_),
      webhooks_(dependencies.store.events(), dependencies.events, dependencies.clock,
                dependencies.random, dependencies.log),
      renewals_(dependencies.store.renewals(),
                server_.issues_certificates() ? RenewalsApi::Renewal::possible
                                              : RenewalsApi::Renewal::impossible,
                dependencies.clock),
      tokens_(dependencies.store.tokens(), dependencies.clock, dependencies.random,
              dependencies.log) {
  enrollments_.add_routes(router_);
  commands_.add_routes(router_);
  selections_.add_routes(router_);
  profiles_.add_routes(router_);
  certificates_.add_routes(router_);
  server_.add_routes(router_);
  events_.add_routes(router_);
  webhooks_.add_routes(router_);
  renewals_.add_routes(router_);
  tokens_.add_routes(router_);
}

std::uint64_t AdminHandler::body_limit(const HttpRequest& head) {
  const Router::Found found = router_.find(head.method, head.raw_path());
  const auto* match = std::get_if<Router::Match>(&found);
  return authenticator_.body_limit(
      head, match != nullptr ? match->route->body_limit : limits::ignored_body);
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

HttpResponse AdminHandler::refusal(const Error& error, const HttpRequest& request,
                                   std::string_view trace_id) {
  HttpResponse response = problem_response(error, trace_id);
  if (error.code != ErrorCode::unauthenticated) {
    log_failure(log_, error, request, response.status, trace_id);
    return response;
  }
  authenticator_.log_refusal(request, trace_id);
  response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse AdminHandler::answer(const HttpRequest& request, std::string_view trace_id) {
  // Before anything else: a stranger does not even learn which paths exist.
  const auto caller = authenticator_.caller_of(request);
  if (!caller) {
    return refusal(caller.error(), request, trace_id);
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
  if (const Status allowed = check_role(*match->route, *caller); !allowed) {
    return problem_response(allowed.error(), trace_id);
  }
  if (const Status known = refuse_unknown_parameters(request, match->route->query); !known) {
    return problem_response(known.error(), trace_id);
  }
  auto response = match->route->action({request, match->path, trace_id, *caller});
  if (!response) {
    HttpResponse problem = problem_response(response.error(), trace_id);
    log_failure(log_, response.error(), request, problem.status, trace_id);
    return problem;
  }
  return *std::move(response);
}

}  // namespace bramley
