#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// Keys stay in the order in which they were put in, which is the order in which people read them.
using Json = nlohmann::ordered_json;

// malformed: not one JSON text, or nested more than 64 deep. Never throws.
Result<Json> parse_json(std::string_view text);

// `indent` < 0: on one line. Bytes that are not UTF-8 are replaced; DEL and the C1 controls, which
// JSON would let through to a terminal, are escaped.
std::string write_json(const Json& value, int indent);

// Block style, every text that could be taken for something else in double quotes.
std::string write_yaml(const Json& value);

// A text member; empty when it is absent, null, or no text.
std::string text_member(const Json& object, std::string_view key);
// 0 when it is absent or no integer.
std::int64_t integer_member(const Json& object, std::string_view key);
// An empty array when it is absent or no array; null when it is absent, for any_member.
Json array_member(const Json& object, std::string_view key);
Json any_member(const Json& object, std::string_view key);

}  // namespace bramley
