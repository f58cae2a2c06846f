#pragma once

#include <optional>
#include <string_view>

#include "server/http/router.h"
#include "server/service/api_caller.h"

namespace bramley {

// The least role that a route of the administrators' API needs, both families. None: the table does
// not have it, which a test finds; nobody but an admin gets there.
std::optional<ApiRole> least_role(std::string_view method, std::string_view pattern);

// forbidden: the caller's role is not enough for the route.
Status check_role(const Router::Route& route, const ApiCaller& caller);

}  // namespace bramley
