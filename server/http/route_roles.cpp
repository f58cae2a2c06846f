#include "server/http/route_roles.h"

#include <algorithm>
#include <array>

namespace bramley {
namespace {

struct RouteRole {
  std::string_view method;
  std::string_view pattern;
  ApiRole role;
};

// reader: what is known, without secrets (reports are cleaned, commands_api.cpp). operator_role:
// commands and pushes. admin: who gets in and who is thrown out, and where secrets go: the URL of a
// webhook may be one itself.
constexpr std::array table = {
    RouteRole{"GET", "/api/v1/enrollments", ApiRole::reader},
    RouteRole{"GET", "/api/v1/enrollments/{id}", ApiRole::reader},
    RouteRole{"DELETE", "/api/v1/enrollments/{id}", ApiRole::admin},
    RouteRole{"GET", "/api/v1/enrollments/{id}/queue", ApiRole::reader},
    RouteRole{"DELETE", "/api/v1/enrollments/{id}/queue", ApiRole::operator_role},
    RouteRole{"POST", "/api/v1/enrollments/{id}/unenroll", ApiRole::admin},
    RouteRole{"POST", "/api/v1/enrollments/{id}/block", ApiRole::admin},
    RouteRole{"POST", "/api/v1/enrollments/{id}/unblock", ApiRole::admin},
    RouteRole{"GET", "/api/v1/enrollments/{id}/renewal", ApiRole::reader},
    RouteRole{"POST", "/api/v1/enrollments/{id}/renewal", ApiRole::admin},
    RouteRole{"POST", "/api/v1/enrollments/{id}/approval", ApiRole::admin},
    RouteRole{"GET", "/api/v1/renewals", ApiRole::reader},

    RouteRole{"POST", "/api/v1/commands", ApiRole::operator_role},
    RouteRole{"GET", "/api/v1/commands", ApiRole::reader},
    RouteRole{"GET", "/api/v1/commands/{uuid}", ApiRole::reader},
    RouteRole{"DELETE", "/api/v1/commands/{uuid}", ApiRole::operator_role},
    RouteRole{"GET", "/api/v1/commands/{uuid}/results", ApiRole::reader},
    RouteRole{"GET", "/api/v1/commands/{uuid}/results/{id}", ApiRole::reader},
    RouteRole{"GET", "/api/v1/commands/{uuid}/results/{id}/report", ApiRole::reader},
    RouteRole{"POST", "/api/v1/push", ApiRole::operator_role},

    RouteRole{"GET", "/api/v1/certificates", ApiRole::reader},
    RouteRole{"POST", "/api/v1/certificates/{id}/revoke", ApiRole::admin},
    RouteRole{"GET", "/api/v1/push-certificates", ApiRole::reader},
    RouteRole{"POST", "/api/v1/enrollment-profiles", ApiRole::admin},
    RouteRole{"POST", "/api/v1/scep-challenges", ApiRole::admin},
    RouteRole{"POST", "/api/v1/enrollment-tokens", ApiRole::admin},
    RouteRole{"GET", "/api/v1/enrollment-tokens", ApiRole::reader},
    RouteRole{"DELETE", "/api/v1/enrollment-tokens/{id}", ApiRole::admin},

    RouteRole{"GET", "/api/v1/events", ApiRole::reader},
    RouteRole{"GET", "/api/v1/webhooks", ApiRole::admin},
    RouteRole{"POST", "/api/v1/webhooks", ApiRole::admin},
    RouteRole{"GET", "/api/v1/webhooks/{id}", ApiRole::admin},
    RouteRole{"PATCH", "/api/v1/webhooks/{id}", ApiRole::admin},
    RouteRole{"DELETE", "/api/v1/webhooks/{id}", ApiRole::admin},
    RouteRole{"GET", "/api/v1/webhooks/{id}/parked", ApiRole::admin},
    RouteRole{"POST", "/api/v1/webhooks/{id}/test", ApiRole::admin},
    RouteRole{"POST", "/api/v1/webhooks/{id}/pause", ApiRole::admin},
    RouteRole{"POST", "/api/v1/webhooks/{id}/resume", ApiRole::admin},
    RouteRole{"POST", "/api/v1/webhooks/{id}/replay", ApiRole::admin},

    RouteRole{"POST", "/api/v1/selections", ApiRole::reader},
    RouteRole{"POST", "/api/v1/tokens", ApiRole::admin},
    RouteRole{"GET", "/api/v1/tokens", ApiRole::admin},
    RouteRole{"GET", "/api/v1/tokens/{id}", ApiRole::admin},
    RouteRole{"DELETE", "/api/v1/tokens/{id}", ApiRole::admin},

    RouteRole{"GET", "/api/v1/server", ApiRole::reader},
    RouteRole{"GET", "/api/v1/openapi.yaml", ApiRole::reader},

    // NanoMDM's. Its GET queues and pushes, too.
    RouteRole{"PUT", "/v1/enqueue/{ids...}", ApiRole::operator_role},
    RouteRole{"POST", "/v1/enqueue/{ids...}", ApiRole::operator_role},
    RouteRole{"GET", "/v1/enqueue/{ids...}", ApiRole::operator_role},
    RouteRole{"*", "/v1/push/{ids...}", ApiRole::operator_role},
    RouteRole{"GET", "/v1/pushcert", ApiRole::reader},
    RouteRole{"PUT", "/v1/pushcert", ApiRole::admin},
    RouteRole{"POST", "/v1/escrowkeyunlock", ApiRole::admin},
    RouteRole{"PUT", "/migration", ApiRole::admin},
    RouteRole{"POST", "/migration", ApiRole::admin},
};

}  // namespace

std::optional<ApiRole> least_role(std::string_view method, std::string_view pattern) {
  const auto found = std::ranges::find_if(
      table, [&](const RouteRole& row) { return row.method == method && row.pattern == pattern; });
  return found == table.end() ? std::nullopt : std::optional(found->role);
}

Status check_role(const Router::Route& route, const ApiCaller& caller) {
  // The pattern and not the path, which may hold anything.
  return caller.needs_role(
      least_role(route.method, route.pattern).value_or(ApiRole::admin),
      route.method == "*" ? route.pattern : route.method + " " + route.pattern);
}

}  // namespace bramley
