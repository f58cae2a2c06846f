#pragma once

#include "cli/command_tree.h"

namespace bramley {

// Declares `device show`.
void add_device_show(CommandNode& device);

}  // namespace bramley
