#include "cli/completion_scripts.h"

#include "cli/help.h"

namespace bramley {
namespace {

ValueCompletion by_name(const std::string& name, ValueKind kind) {
  if (name == "DIR") {
    return ValueCompletion::directories;
  }
  const bool file = kind == ValueKind::path || name.find("FILE") != std::string::npos;
  return file ? ValueCompletion::files : ValueCompletion::nothing;
}

// The noun that a command is of.
const std::string& noun_of(const CommandNode& node) {
  const CommandNode* at = &node;
  while (at->parent() != nullptr && at->parent()->parent() != nullptr) {
    at = at->parent();
  }
  return at->name();
}

}  // namespace

ValueCompletion completion_of(const Flag& flag) {
  const FlagSpec& spec = flag.spec;
  if (!spec.choices.empty()) {
    return ValueCompletion::choices;
  }
  if (spec.value.starts_with("Key=")) {
    return ValueCompletion::keys;
  }
  if (spec.name == "device" && spec.value == "ID") {
    return ValueCompletion::devices;
  }
  if (spec.name == "context") {
    return ValueCompletion::contexts;
  }
  return spec.name == "type" || spec.name == "types" ? ValueCompletion::types
                                                     : by_name(spec.value, flag.binding.kind());
}

ValueCompletion completion_of(const CommandNode& node, const Positional& positional) {
  const std::string& name = positional.spec.name;
  const std::string& noun = noun_of(node);
  if (!positional.spec.choices.empty()) {
    return ValueCompletion::choices;
  }
  if (name == "COMMAND") {
    return ValueCompletion::commands;
  }
  if (noun == "context") {
    return ValueCompletion::contexts;
  }
  if (name.starts_with("ID") && (noun == "device" || noun == "push")) {
    return ValueCompletion::devices;
  }
  if (name == "TYPE|FILE|-") {
    return ValueCompletion::types_or_files;
  }
  return name == "TYPE" ? ValueCompletion::types : by_name(name, positional.binding.kind());
}

std::string asked_kind(ValueCompletion completion) {
  switch (completion) {
    case ValueCompletion::contexts:
      return "contexts";
    case ValueCompletion::devices:
      return "devices";
    case ValueCompletion::types:
    case ValueCompletion::types_or_files:
      return "types";
    case ValueCompletion::keys:
      return "keys";
    case ValueCompletion::nothing:
    case ValueCompletion::files:
    case ValueCompletion::directories:
    case ValueCompletion::choices:
    case ValueCompletion::commands:
      return {};
  }
  return {};
}

std::vector<const Flag*> completed_flags(const CommandNode& root, const CommandNode& node) {
  std::vector<const Flag*> flags;
  if (&node != &root) {
    for (const Flag& flag : node.flags()) {
      flags.push_back(&flag);
    }
  }
  const auto global = shown_global_flags(root, node);
  flags.insert(flags.end(), global.begin(), global.end());
  return flags;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace bramley
