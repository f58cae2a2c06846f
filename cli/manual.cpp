#include "cli/manual.h"

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json flag_document(const Flag& flag) {
  return {{"name", flag.spec.name},
          {"letter", flag.spec.letter == '\0' ? Json() : Json(std::string(1, flag.spec.letter))},
          {"value", text_or_null(flag.spec.value)},
          {"help", flag.spec.help},
          {"variable", text_or_null(flag.spec.variable)},
          {"default", text_or_null(flag.spec.default_text)},
          {"choices", flag.spec.choices},
          {"secret", flag.binding.kind() == ValueKind::secret},
          {"required", flag.spec.need == FlagSpec::Need::required},
          {"repeats", flag.binding.repeats()}};
}

}  // namespace

const std::vector<ManualTopic>& manual_topics() {
  static const std::vector<ManualTopic> topics = {
      {"Flags",
       "Flags may stand before or after the other words; '--' ends them. '-' in place of a file is "
       "standard input or output. A flag on the command line goes before its environment variable, "
       "that before the configuration file, that before the default."},
      {"Output",
       "Data goes to standard output, everything else to standard error. -o json, ndjson and yaml "
       "are for programs: member names in snake_case, times in RFC 3339 and UTC. With json and "
       "ndjson an error is one line on standard error: "
       "{\"error\":{\"code\":...,\"message\":...,\"hint\":...}}."},
      {"Secrets",
       "No secret is an argument itself, for other users can see arguments. A flag whose value is "
       "REF takes @FILE (the file's content, without its last line break), env:NAME (a variable), "
       "fd:N (an open descriptor) or - (standard input). The environment variable of such a flag "
       "holds the secret itself, or @FILE. Where a secret is missing, the program asks on a "
       "terminal."},
      {"Files",
       "Files are written whole or not at all; keys get mode 0600, new directories 0700. A file "
       "that exists is not overwritten without --force, which means that and nothing else. "
       "--dry-run of a command that changes something says what it would do and ends with 8."},
  };
  return topics;
}

std::vector<std::pair<const CommandNode*, const Flag*>> flags_with_variables(
    const CommandNode& root) {
  std::vector<std::pair<const CommandNode*, const Flag*>> found;
  root.visit([&](const CommandNode& node) {
    for (const Flag& flag : node.flags()) {
      if (!flag.spec.variable.empty()) {
        found.emplace_back(&node, &flag);
      }
    }
  });
  return found;
}

Json tree_document(const CommandNode& node) {
  Json document = {{"name", node.name()},
                   {"summary", node.summary()},
                   {"description", text_or_null(node.description())},
                   {"flags", Json::array()},
                   {"arguments", Json::array()},
                   {"commands", Json::array()}};
  for (const Flag& flag : node.flags()) {
    document["flags"].push_back(flag_document(flag));
  }
  for (const Positional& positional : node.positionals()) {
    document["arguments"].push_back(
        {{"name", positional.spec.name},
         {"help", positional.spec.help},
         {"choices", positional.spec.choices},
         {"required", positional.spec.need == PositionalSpec::Need::required},
         {"repeats", positional.binding.repeats()}});
  }
  for (const auto& child : node.children()) {
    document["commands"].push_back(tree_document(*child));
  }
  return document;
}

}  // namespace bramley
