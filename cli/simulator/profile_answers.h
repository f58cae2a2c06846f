#pragma once

#include "cli/simulator/command_answers.h"

namespace bramley {

// Private to the folder: the commands about configuration profiles.
CommandAnswer answer_profile_list(DeviceState& state);
CommandAnswer answer_install_profile(const PlistDictionary& command, DeviceState& state);
CommandAnswer answer_remove_profile(const PlistDictionary& command, DeviceState& state);

}  // namespace bramley
