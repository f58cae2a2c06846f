#pragma once

#include <string_view>

namespace bramley {

// As in CMakeLists.txt.
inline constexpr std::string_view program_version = BRAMLEY_VERSION;

// When the manual was last worked over, for the foot of its pages.
inline constexpr std::string_view manual_date = "2026-11-24";

}  // namespace bramley
