#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/table.h"

namespace bramley {

// What `--help` and `bramley help` print. `width`: of the terminal; 80 where there is none.
std::string help_text(const CommandNode& root, const CommandNode& node, LineWidth width);

// What `bramley` alone shows: the commands of the tree, a line for each thing one may want to do.
std::string map_text(const CommandNode& root);

// "bramley command send TYPE|FILE|- [flags]"
std::string usage_line(const CommandNode& node);
// "-o, --output FORMAT"
std::string flag_heading(const Flag& flag);
// The help sentence with what else is to know: choices, default, environment twin.
std::string flag_explanation(const Flag& flag);
// The flags of the root that concern this command.
std::vector<const Flag*> shown_global_flags(const CommandNode& root, const CommandNode& node);

}  // namespace bramley
