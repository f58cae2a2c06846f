#include "server/service/api_caller.h"

#include <algorithm>

#include "core/base/words.h"

namespace bramley {

std::string ApiCaller::described() const {
  return token.id.empty() ? "the API key" : "the token '" + token.name + "'";
}

std::string ApiCaller::allowed_types() const {
  return join(request_types, ", ");
}

Status ApiCaller::needs_role(ApiRole least, std::string_view doing) const {
  if (role >= least) {
    return {};
  }
  return Error{ErrorCode::forbidden,
               std::string(doing) + " needs the role " + std::string(api_role_name(least)),
               described() + " has the role " + std::string(api_role_name(role)) +
                   ": use one that has more, or the API key"};
}

Status ApiCaller::may_command(std::string_view request_type) const {
  TRY(needs_role(ApiRole::operator_role, "a command of type " + std::string(request_type)));
  if (request_types.empty() ||
      std::ranges::find(request_types, request_type) != request_types.end()) {
    return {};
  }
  return Error{
      ErrorCode::forbidden,
      described() + " may not queue or cancel commands of type " + std::string(request_type),
      "it is limited to " + allowed_types()};
}

}  // namespace bramley
