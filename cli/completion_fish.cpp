#include <set>

#include "cli/completion_scripts.h"

namespace bramley {
namespace {

std::string in_single_quotes(const std::string& text) {
  std::string escaped = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped + "'";
}

std::string value_flags(const CommandNode& root) {
  std::set<std::string> names;
  root.visit([&](const CommandNode& node) {
    for (const Flag& flag : node.flags()) {
      if (flag.binding.kind() != ValueKind::toggle) {
        names.insert("--" + flag.spec.name);
        if (flag.spec.letter != '\0') {
          names.insert(std::string{'-', flag.spec.letter});
        }
      }
    }
  });
  return join_words({names.begin(), names.end()});
}

std::string paths(const CommandNode& root) {
  std::string text;
  root.visit([&](const CommandNode& node) {
    if (node.parent() != nullptr) {
      text += " " + in_single_quotes(node.path());
    }
  });
  return text;
}

std::string value_options(ValueCompletion completion, const std::vector<std::string>& choices) {
  switch (completion) {
    case ValueCompletion::nothing:
      return " -x";
    case ValueCompletion::files:
      return " -r -F";
    case ValueCompletion::directories:
      return " -x -a '(__fish_complete_directories)'";
    case ValueCompletion::choices:
    case ValueCompletion::commands:
      return " -x -a " + in_single_quotes(join_words(choices));
    case ValueCompletion::types_or_files:
      return " -r -F -a '(__bramley_values types)'";
    case ValueCompletion::contexts:
    case ValueCompletion::devices:
    case ValueCompletion::types:
    case ValueCompletion::keys:
      return " -x -a '(__bramley_values " + asked_kind(completion) + ")'";
  }
  return {};
}

std::string rule(const CommandNode& node) {
  return "complete -c bramley -n \"__bramley_at " + in_single_quotes(node.path()) + "\"";
}

std::string flag_rules(const CommandNode& root, const CommandNode& node) {
  std::string text;
  for (const Flag* flag : completed_flags(root, node)) {
    text += rule(node) + " -l " + flag->spec.name;
    if (flag->spec.letter != '\0') {
      text += " -s " + std::string(1, flag->spec.letter);
    }
    if (flag->binding.kind() != ValueKind::toggle) {
      text += value_options(completion_of(*flag), flag->spec.choices);
    }
    text += " -d " + in_single_quotes(flag->spec.help) + "\n";
  }
  return text;
}

std::string word_rules(const CommandNode& root, const CommandNode& node) {
  std::string text;
  for (const auto& child : node.children()) {
    text +=
        rule(node) + " -a " + child->name() + " -d " + in_single_quotes(child->summary()) + "\n";
  }
  if (node.positionals().empty()) {
    return text;
  }
  const Positional& first = node.positionals().front();
  const ValueCompletion completion = completion_of(node, first);
  switch (completion) {
    case ValueCompletion::nothing:
      break;
    case ValueCompletion::files:
      text += rule(node) + " -F\n";
      break;
    case ValueCompletion::directories:
      text += rule(node) + " -a '(__fish_complete_directories)'\n";
      break;
    case ValueCompletion::choices:
      text += rule(node) + " -a " + in_single_quotes(join_words(first.spec.choices)) + "\n";
      break;
    case ValueCompletion::commands:
      for (const auto& child : root.children()) {
        text += rule(node) + " -a " + child->name() + "\n";
      }
      break;
    case ValueCompletion::types_or_files:
    case ValueCompletion::contexts:
    case ValueCompletion::devices:
    case ValueCompletion::types:
    case ValueCompletion::keys:
      text += rule(node) + " -a '(__bramley_values " + asked_kind(completion) + ")'" +
              (completion == ValueCompletion::types_or_files ? " -F" : "") + "\n";
      break;
  }
  return text;
}

}  // namespace

std::string fish_completion(const CommandNode& root) {
  std::string text = R"(# Completion of bramley for fish: made by 'bramley completion fish'.

# The words of the command that stands on the line: flags and their values left out.
function __bramley_path
    set -l valued )" +
                     value_flags(root) +
                     R"(
    set -l known )" + paths(root) +
                     R"(
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word $valued
            set skip 1
        else if contains -- (string join ' ' $path $word) $known
            set -a path $word
        end
    end
    string join ' ' $path
end

function __bramley_at
    set -l path (__bramley_path)
    test "$path" = "$argv[1]"
end

# Asked of the program: what is known of servers, devices and Apple's commands.
function __bramley_values
    bramley --timeout 2s completion values $argv -- (commandline -opc)[2..-1] 2>/dev/null
end

complete -c bramley -f
)";
  root.visit(
      [&](const CommandNode& node) { text += flag_rules(root, node) + word_rules(root, node); });
  return text;
}

}  // namespace bramley
