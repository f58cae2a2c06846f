#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace bramley {

// How a shell completes a value.
enum class ValueCompletion {
  nothing,
  files,
  directories,
  choices,
  commands,
  // What `bramley completion values KIND` prints, asked while the user types.
  contexts,
  devices,
  types,
  types_or_files,
  keys,
};
ValueCompletion completion_of(const Flag& flag);
ValueCompletion completion_of(const CommandNode& node, const Positional& positional);
// The KIND that is asked for; empty: nothing is asked.
std::string asked_kind(ValueCompletion completion);

// The flags that are offered for a command: its own, and those of the root that concern it.
std::vector<const Flag*> completed_flags(const CommandNode& root, const CommandNode& node);

// With a space between them.
std::string join_words(const std::vector<std::string>& words);

// The completion scripts of the three shells, whole. They hold the tree as it is; only
// contexts, devices, request types and their keys are asked of the program while the user types.
std::string bash_completion(const CommandNode& root);
std::string zsh_completion(const CommandNode& root);
std::string fish_completion(const CommandNode& root);

}  // namespace bramley
