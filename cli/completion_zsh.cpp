#include <algorithm>

#include "cli/completion_scripts.h"

namespace bramley {
namespace {

// Inside single quotes, and inside the brackets or after the colon of a spec of _arguments.
std::string in_spec(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (c == '\'') {
      escaped += "'\\''";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string function_name(const CommandNode& node) {
  std::string name = "_" + node.full_name();
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::string action(ValueCompletion completion, const std::vector<std::string>& choices,
                   const CommandNode& root) {
  switch (completion) {
    case ValueCompletion::nothing:
      return " ";
    case ValueCompletion::files:
      return "_files";
    case ValueCompletion::directories:
      return "_files -/";
    case ValueCompletion::choices:
      return "(" + join_words(choices) + ")";
    case ValueCompletion::commands: {
      std::vector<std::string> names;
      for (const auto& child : root.children()) {
        names.push_back(child->name());
      }
      return "(" + join_words(names) + ")";
    }
    case ValueCompletion::types_or_files:
      return "_bramley_types_or_files";
    case ValueCompletion::contexts:
    case ValueCompletion::devices:
    case ValueCompletion::types:
    case ValueCompletion::keys:
      return "_bramley_values_" + asked_kind(completion);
  }
  return " ";
}

std::string flag_spec(const Flag& flag, const CommandNode& root) {
  const bool toggle = flag.binding.kind() == ValueKind::toggle;
  std::string tail = "[" + in_spec(flag.spec.help) + "]";
  if (!toggle) {
    tail +=
        ":" + in_spec(flag.spec.value) + ":" + action(completion_of(flag), flag.spec.choices, root);
  }
  const std::string name = "--" + flag.spec.name + (toggle ? "" : "=");
  const std::string again = flag.binding.repeats() ? "*" : "";
  if (flag.spec.letter == '\0') {
    return "'" + again + name + tail + "'";
  }
  const std::string letter = std::string{'-', flag.spec.letter} + (toggle ? "" : "+");
  return "'(-" + std::string(1, flag.spec.letter) + " --" + flag.spec.name + ")'{" + letter + "," +
         name + "}'" + tail + "'";
}

std::string positional_spec(const CommandNode& node, const Positional& positional,
                            const CommandNode& root) {
  const bool optional = positional.spec.need == PositionalSpec::Need::optional;
  const std::string lead = positional.binding.repeats() ? "*:" : (optional ? "::" : ":");
  return "'" + lead + in_spec(positional.spec.name) + ":" +
         action(completion_of(node, positional), positional.spec.choices, root) + "'";
}

std::string arguments_call(const CommandNode& root, const CommandNode& node,
                           const std::string& options, const std::vector<std::string>& words) {
  std::string text = "  _arguments " + options;
  for (const Flag* flag : completed_flags(root, node)) {
    text += " \\\n    " + flag_spec(*flag, root);
  }
  for (const std::string& word : words) {
    text += " \\\n    " + word;
  }
  return text + "\n";
}

std::string group_function(const CommandNode& root, const CommandNode& node) {
  std::string text = function_name(node) + "() {\n  local curcontext=$curcontext state line\n";
  text += "  typeset -A opt_args\n";
  text += arguments_call(root, node, "-C", {"'1:command:->command'", "'*::argument:->argument'"});
  text += "  case $state in\n    command)\n      local -a commands=(\n";
  for (const auto& child : node.children()) {
    text += "        '" + child->name() + ":" + in_spec(child->summary()) + "'\n";
  }
  text += "      )\n      _describe -t commands command commands\n      ;;\n";
  text += "    argument)\n      case $words[1] in\n";
  for (const auto& child : node.children()) {
    text += "        " + child->name() + ") " + function_name(*child) + " ;;\n";
  }
  return text + "      esac\n      ;;\n  esac\n}\n\n";
}

std::string leaf_function(const CommandNode& root, const CommandNode& node) {
  std::vector<std::string> words;
  for (const Positional& positional : node.positionals()) {
    words.push_back(positional_spec(node, positional, root));
  }
  return function_name(node) + "() {\n" + arguments_call(root, node, "-s -S", words) + "}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandNode& root) {
  std::string text =
      "#compdef bramley\n"
      "# Completion of bramley for zsh: made by 'bramley completion zsh'.\n"
      R"zsh(
# Asked of the program: what is known of servers, devices and Apple's commands.
_bramley_values() {
  local -a found suffix
  local context=${opt_args[--context]-}
  found=(${(f)"$(_call_program values bramley --timeout 2s ${context:+--context $context} \
    completion values $1 -- ${(q)${words:#}} 2>/dev/null)"})
  found=(${found%%$'\t'*})
  [[ $1 == keys ]] && suffix=(-S '')
  compadd "${suffix[@]}" -a found
}
_bramley_values_contexts() { _bramley_values contexts }
_bramley_values_devices() { _bramley_values devices }
_bramley_values_types() { _bramley_values types }
_bramley_values_keys() { _bramley_values keys }
_bramley_types_or_files() { _bramley_values types; _files }

)zsh";
  root.visit([&](const CommandNode& node) {
    text += node.children().empty() ? leaf_function(root, node) : group_function(root, node);
  });
  // Read by the completion system on first use, or sourced.
  return text +
         "if [[ $funcstack[1] == _bramley ]]; then\n"
         "  _bramley \"$@\"\n"
         "else\n"
         "  compdef _bramley bramley\n"
         "fi\n";
}

}  // namespace bramley
