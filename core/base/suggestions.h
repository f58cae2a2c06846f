#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bramley {

// Letters to insert, delete, change or swap with a neighbour to get from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate that was probably meant: the nearest, if it is near enough for the word's length
// (one slip in three letters), or the only one that begins with the word.
std::optional<std::string> closest_match(std::string_view word,
                                         const std::vector<std::string>& candidates);

}  // namespace bramley
