#pragma once

#include "cli/command_tree.h"

namespace bramley {

// `bramley device delete`.
void add_device_delete(CommandNode& device);

}  // namespace bramley
