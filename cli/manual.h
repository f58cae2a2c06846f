#pragma once

#include <string>

#include "cli/command_tree.h"
#include "cli/json.h"

namespace bramley {

// The same tree as help, in other forms. Deterministic: the results are checked in.

// A page of section 1, in man(7): bramley(1) for the root, else the page of the noun (the word
// below the root) with all its verbs.
std::string man_page(const CommandNode& root, const CommandNode& node);

// One document for the root; for another node its section only.
std::string markdown_document(const CommandNode& root, const CommandNode& node);

// For programs: names, flags, variables, choices.
Json tree_document(const CommandNode& node);

// Parts that both have.
struct ManualTopic {
  std::string title;
  std::string text;  // paragraphs, separated by empty lines
};
// Secrets, contexts and the like: what no single command can explain.
const std::vector<ManualTopic>& manual_topics();
// Every flag that has an environment twin, in the order of the tree.
std::vector<std::pair<const CommandNode*, const Flag*>> flags_with_variables(
    const CommandNode& root);

}  // namespace bramley
