#pragma once

#include <string_view>

namespace bramley {

// As `bramley version` and /version say it; the same as in CMakeLists.txt (a test compares the two).
inline constexpr std::string_view version = "0.1.0";

}  // namespace bramley
