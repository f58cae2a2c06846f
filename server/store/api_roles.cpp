#include "server/store/token_store.h"

namespace bramley {

std::string_view api_role_name(ApiRole role) {
  switch (role) {
    case ApiRole::reader:
      return "reader";
    case ApiRole::operator_role:
      return "operator";
    case ApiRole::admin:
      return "admin";
  }
  return "unknown";
}

Result<ApiRole> parse_api_role(std::string_view name) {
  for (const ApiRole role : {ApiRole::reader, ApiRole::operator_role, ApiRole::admin}) {
    if (api_role_name(role) == name) {
      return role;
    }
  }
  return Error{ErrorCode::malformed, "read role: no role of that name",
               "it is one of reader, operator, admin"};
}

}  // namespace bramley
