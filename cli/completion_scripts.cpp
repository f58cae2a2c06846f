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

}  // namespace

ValueCompletion completion_of(const Flag& flag) {
  return flag.spec.choices.empty() ? by_name(flag.spec.value, flag.binding.kind())
                                   : ValueCompletion::choices;
}

ValueCompletion completion_of(const Positional& positional) {
  if (!positional.spec.choices.empty()) {
    return ValueCompletion::choices;
  }
  return positional.spec.name == "COMMAND"
             ? ValueCompletion::commands
             : by_name(positional.spec.name, positional.binding.kind());
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
