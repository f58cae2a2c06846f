#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "server/store/token_store.h"

namespace bramley {

// Who asks something of the administrators' API, and what that may do. Made by itself: the API key,
// or the server, which may do everything.
struct ApiCaller {
  TokenName token = {};
  ApiRole role = ApiRole::admin;
  std::vector<std::string> request_types = {};  // empty: all that the role may
  std::optional<Timestamp> expires_at = {};     // none: never

  static ApiCaller of(const ApiToken& token) {
    return {token.name, token.role, token.request_types, token.expires_at};
  }
  [[nodiscard]] bool is_limited_to_types() const { return !request_types.empty(); }
  // "DeviceInformation, SecurityInfo".
  [[nodiscard]] std::string allowed_types() const;
  // "the token 'pipeline'", "the API key".
  [[nodiscard]] std::string described() const;

  // forbidden: its role is less than that. `doing` as in "POST /api/v1/tokens".
  [[nodiscard]] Status needs_role(ApiRole least, std::string_view doing) const;
  // Whether it may queue and cancel commands of that type. forbidden: it may not; names what it
  // may.
  [[nodiscard]] Status may_command(std::string_view request_type) const;
};

}  // namespace bramley
