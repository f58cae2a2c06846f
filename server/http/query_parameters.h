#pragma once

#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/net/http_message.h"

namespace bramley {

// The parameters that every list takes (paging.h).
inline constexpr std::string_view limit_parameter = "limit";
inline constexpr std::string_view cursor_parameter = "cursor";

// malformed: the query has a parameter that is not among `known`, and its name: a misspelt filter
// is an error, and not a list of everything.
Status refuse_unknown_parameters(const HttpRequest& request,
                                 std::span<const std::string_view> known);

}  // namespace bramley
