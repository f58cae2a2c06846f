#pragma once

#include <cstddef>

namespace bramley {

// What a document may grow to in memory, whatever its form: `<true/>` has seven bytes and a value
// forty, and in a binary document one object can be referred to a million times.
inline constexpr std::size_t plist_value_limit = 2'000'000;
// Strings and data of a binary document after its shared objects are unfolded.
inline constexpr std::size_t plist_unfolded_limit = 64U << 20U;

}  // namespace bramley
