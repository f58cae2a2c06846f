#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace bramley {

// People come from other tools with their words in their fingers: those are answered with our own
// exact command, or, when this version has no such command, with just that. `rest`: what stood
// beside the words, flags among it; some tools hide a verb there.
std::optional<Error> answer_to_foreign_words(const CommandNode& root,
                                             const std::vector<std::string>& words,
                                             const std::vector<std::string>& rest);

}  // namespace bramley
