#pragma once

#include "cli/command_tree.h"

namespace bramley {

// One function a file: it declares a command, or a noun with its verbs, below the root. A new
// command is a new file, a line here and a line in commands.cpp.
void add_version(CommandNode& root);
void add_help(CommandNode& root);

// All of them, in the order in which help lists them.
void add_all_commands(CommandNode& root);

}  // namespace bramley
