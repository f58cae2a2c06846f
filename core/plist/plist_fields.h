#pragma once

#include <string_view>

#include "core/plist/plist_value.h"

namespace bramley {

// Keys of a message as what they must be: an absent one is the empty value, one of another type is
// malformed and named.
Result<std::string> string_field(const PlistDictionary& dictionary, std::string_view key);
Result<Bytes> data_field(const PlistDictionary& dictionary, std::string_view key);
Result<bool> boolean_field(const PlistDictionary& dictionary, std::string_view key);
Result<std::int64_t> integer_field(const PlistDictionary& dictionary, std::string_view key,
                                   std::int64_t absent);

}  // namespace bramley
