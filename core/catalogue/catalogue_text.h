#pragma once

#include <string_view>

namespace bramley {

// The two files beside this one, as they were when the program was built.
std::string_view apple_commands_text();
std::string_view command_notes_text();

}  // namespace bramley
