#include <algorithm>
#include <set>

#include "cli/completion_scripts.h"

namespace bramley {
namespace {

// "--output|-o" as a pattern of case.
std::string flag_pattern(const Flag& flag) {
  std::string pattern = "--" + flag.spec.name;
  if (flag.spec.letter != '\0') {
    pattern += std::string{'|', '-', flag.spec.letter};
  }
  return pattern;
}

std::string flag_words(const CommandNode& root, const CommandNode& node) {
  std::vector<std::string> words;
  for (const Flag* flag : completed_flags(root, node)) {
    words.push_back("--" + flag->spec.name);
  }
  return join_words(words);
}

std::string child_words(const CommandNode& node) {
  std::vector<std::string> words;
  for (const auto& child : node.children()) {
    words.push_back(child->name());
  }
  return join_words(words);
}

// Patterns of all flags in the tree that take a value. One name has one arity everywhere.
std::string value_flags(const CommandNode& root) {
  std::set<std::string> patterns;
  root.visit([&](const CommandNode& node) {
    for (const Flag& flag : node.flags()) {
      if (flag.binding.kind() != ValueKind::toggle) {
        patterns.insert(flag_pattern(flag));
      }
    }
  });
  std::string text;
  for (const std::string& pattern : patterns) {
    text += (text.empty() ? "" : "|") + pattern;
  }
  return text;
}

std::string known_paths(const CommandNode& root) {
  std::string text;
  root.visit([&](const CommandNode& node) {
    if (node.parent() != nullptr) {
      text += (text.empty() ? "'" : " | '") + node.path() + "'";
    }
  });
  return text;
}

std::string action(ValueCompletion completion, const std::vector<std::string>& choices,
                   const CommandNode& root) {
  switch (completion) {
    case ValueCompletion::nothing:
      return {};
    case ValueCompletion::files:
      return "-f";
    case ValueCompletion::directories:
      return "-d";
    case ValueCompletion::choices:
      return "-W '" + join_words(choices) + "'";
    case ValueCompletion::commands:
      return "-W '" + child_words(root) + "'";
    case ValueCompletion::types_or_files:
      return "-F types";
    case ValueCompletion::contexts:
    case ValueCompletion::devices:
    case ValueCompletion::types:
    case ValueCompletion::keys:
      return "-C " + asked_kind(completion);
  }
  return {};
}

// What comes after a flag that takes a value.
std::string value_cases(const CommandNode& root) {
  std::string text;
  root.visit([&](const CommandNode& node) {
    for (const Flag& flag : node.flags()) {
      if (flag.binding.kind() == ValueKind::toggle) {
        continue;
      }
      const std::string where = node.parent() == nullptr ? "*" : "'" + node.path() + "'";
      std::string patterns = where + ":--" + flag.spec.name;
      if (flag.spec.letter != '\0') {
        patterns += " | " + where + ":-" + std::string(1, flag.spec.letter);
      }
      text += "      " + patterns + ") reply=(" +
              action(completion_of(flag), flag.spec.choices, root) + ") ;;\n";
    }
  });
  return text;
}

// What comes where a word is expected.
std::string word_cases(const CommandNode& root) {
  std::string text;
  root.visit([&](const CommandNode& node) {
    std::string reply;
    if (!node.children().empty()) {
      reply = "-W '" + child_words(node) + "'";
    } else if (!node.positionals().empty()) {
      const Positional& first = node.positionals().front();
      reply = action(completion_of(node, first), first.spec.choices, root);
    }
    text += "    '" + node.path() + "') flags='" + flag_words(root, node) + "' reply=(" + reply +
            ") ;;\n";
  });
  return text;
}

}  // namespace

std::string bash_completion(const CommandNode& root) {
  return R"bash(# Completion of bramley for bash: made by 'bramley completion bash'.

_bramley_reply() {
  local IFS=$' \t\n'
  case ${1-} in
    '') ;;
    -W) COMPREPLY=($(compgen -W "$2" -- "$cur")) ;;
    -C | -F)
      # Only these are asked of the program: what is known of servers, devices and Apple's commands.
      COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "${connection[@]}" completion values "$2" \
        "${words[@]}" 2>/dev/null | cut -f1)" -- "$cur"))
      [[ $2 == keys ]] && compopt -o nospace 2>/dev/null
      if [[ $1 == -F ]]; then
        IFS=$'\n'
        COMPREPLY+=($(compgen -f -- "$cur"))
        compopt -o filenames 2>/dev/null
      fi
      ;;
    *)
      IFS=$'\n'
      COMPREPLY=($(compgen "$1" -- "$cur"))
      compopt -o filenames 2>/dev/null
      ;;
  esac
}

_bramley() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local path='' word flags='' i
  local -a reply=() words=() connection=(--timeout 2s)
  COMPREPLY=()
  # bash breaks --flag=value at the '='.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]] && ((COMP_CWORD > 1)); then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --context | --config | --server | --token | --ca-file)
        [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i += 1))
        ((i += 1))
        ((i < COMP_CWORD)) && connection+=("$word" "${COMP_WORDS[i]}")
        ;;
      )bash" +
         value_flags(root) +
         R"() [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i += 2)) || ((i += 1)) ;;
      -*) ;;
      *)
        case "${path:+$path }$word" in
          )" +
         known_paths(root) +
         R"() path="${path:+$path }$word" ;;
          *) words+=("$word") ;;
        esac
        ;;
    esac
  done
  case $prev in
    )" + value_flags(root) +
         R"()
      case "$path:$prev" in
)" + value_cases(root) +
         R"(      esac
      _bramley_reply "${reply[@]}"
      return
      ;;
  esac
  case $path in
)" + word_cases(root) +
         R"(  esac
  [[ $cur == -* ]] && reply=(-W "$flags")
  _bramley_reply "${reply[@]}"
}

complete -F _bramley bramley
)";
}

}  // namespace bramley
