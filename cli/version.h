#pragma once

#include <string_view>

namespace bramley {

// As in CMakeLists.txt.
inline constexpr std::string_view program_version = BRAMLEY_VERSION;

}  // namespace bramley
