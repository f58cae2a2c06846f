#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace bramley {

// What the words of a command line came to.
struct CommandLine {
  // The command, or the last word that was understood.
  const CommandNode* node = nullptr;
  bool help = false;
  bool version = false;
  // Why it cannot be run; always a usage error.
  std::optional<Error> error = {};
};

// Finds the command, fills the variables of its flags and of the root's (argument before
// environment variable), then of its positionals. Flags may stand anywhere; `--` ends them.
CommandLine parse_command_line(const CommandNode& root, const std::vector<std::string>& arguments,
                               const Environment& environment);

// The format that was asked for, as far as one can tell before parsing: for errors of parsing.
std::string requested_output_format(const std::vector<std::string>& arguments,
                                    const Environment& environment);

}  // namespace bramley
