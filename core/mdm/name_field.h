#pragma once

#include <string>
#include <string_view>

#include "core/plist/plist_value.h"

namespace bramley {

// Private to the folder: a string of a message that names something and ends in keys, logs and
// URLs, so it has at most `limit` bytes and no control characters. Empty when the key is absent.
Result<std::string> name_field(const PlistDictionary& message, std::string_view key,
                               std::size_t limit);

}  // namespace bramley
