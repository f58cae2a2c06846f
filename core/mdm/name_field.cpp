#include "core/mdm/name_field.h"

#include <algorithm>

#include "core/plist/plist_fields.h"

namespace bramley {

Result<std::string> name_field(const PlistDictionary& message, std::string_view key,
                               std::size_t limit) {
  TRY_ASSIGN(auto name, string_field(message, key));
  if (name.size() > limit) {
    return Error{ErrorCode::malformed,
                 std::string(key) + ": longer than " + std::to_string(limit) + " bytes"};
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(name, is_control)) {
    return Error{ErrorCode::malformed, std::string(key) + ": a control character"};
  }
  return name;
}

}  // namespace bramley
