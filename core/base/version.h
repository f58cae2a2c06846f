#pragma once

#include <string_view>

namespace bramley {

// As `bramley version`, /version and the manual say it: the project's version in CMakeLists.txt.
extern const std::string_view program_version;

}  // namespace bramley
