#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/global_flags.h"
#include "cli/session.h"

namespace bramley {

// The whole tree: the root with the global flags, and every command. `flags` must outlive it.
std::unique_ptr<CommandNode> make_command_tree(GlobalFlags& flags);

// One run of the program; `arguments` without its name. Everything that goes wrong is printed and
// becomes the exit code; exceptions are let through (main has the fence).
ExitCode run_application(const std::vector<std::string>& arguments, Surroundings& surroundings);

}  // namespace bramley
