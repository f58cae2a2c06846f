#include "cli/command_line.h"

#include <algorithm>

#include "cli/flag_reader.h"
#include "cli/foreign_words.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

bool is_named(const Flag& flag, std::string_view argument) {
  return argument == "--" + flag.spec.name ||
         (flag.spec.letter != '\0' && argument == std::string{'-', flag.spec.letter});
}

// Whether the next argument belongs to this flag, wherever in `node` or below it is declared.
bool takes_value(const CommandNode& root, const CommandNode& node, std::string_view argument) {
  bool takes = false;
  const auto look = [&](const CommandNode& declaring) {
    for (const Flag& flag : declaring.flags()) {
      takes = takes || (is_named(flag, argument) && flag.binding.kind() != ValueKind::toggle);
    }
  };
  look(root);
  node.visit(look);
  return takes;
}

// The command that the words name, and what is left of the arguments.
struct Resolution {
  const CommandNode* node;
  std::vector<std::string> rest;
  // When the words stop naming anything: the first such word and all words there are.
  std::optional<std::string> unknown;
  std::vector<std::string> words;
};

Resolution resolve(const CommandNode& root, const std::vector<std::string>& arguments) {
  Resolution found{&root, {}, std::nullopt, {}};
  std::size_t i = 0;
  for (; i < arguments.size() && !found.node->children().empty(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      break;
    }
    if (is_flag_word(argument)) {
      found.rest.push_back(argument);
      if (takes_value(root, *found.node, argument) && i + 1 < arguments.size()) {
        found.rest.push_back(arguments[++i]);
      }
      continue;
    }
    found.words.push_back(argument);
    const CommandNode* child = found.unknown ? nullptr : found.node->find(argument);
    if (child != nullptr) {
      found.node = child;
    } else if (!found.unknown) {
      found.unknown = argument;
    }
  }
  found.rest.insert(found.rest.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.end());
  return found;
}

Error unknown_word(const CommandNode& root, const Resolution& found) {
  if (auto answer = answer_to_foreign_words(root, found.words, found.rest)) {
    return *std::move(answer);
  }
  std::vector<std::string> names;
  for (const auto& child : found.node->children()) {
    names.push_back(child->name());
  }
  const std::string where = found.node->parent() == nullptr ? "" : found.node->path() + ": ";
  Error error{ErrorCode::malformed, where + "there is no command " + in_quotes(*found.unknown)};
  if (const auto meant = closest_match(*found.unknown, names)) {
    const std::string command = found.node->full_name() + " " + *meant;
    return std::move(error).with_hint("did you mean '" + command + "'?");
  }
  return std::move(error).with_hint("'" + found.node->full_name() + " --help' lists the commands");
}

Status store_positionals(const CommandNode& node, const std::vector<std::string>& words) {
  std::size_t next = 0;
  for (const Positional& positional : node.positionals()) {
    std::vector<std::string> values;
    while (next < words.size() && (values.empty() || positional.binding.repeats())) {
      values.push_back(words[next++]);
    }
    if (values.empty()) {
      if (positional.spec.need == PositionalSpec::Need::required) {
        return Error{ErrorCode::malformed, "missing: " + positional.spec.name};
      }
      continue;
    }
    // A script's unset variable, more often than not.
    if (std::find(values.begin(), values.end(), "") != values.end()) {
      return Error{ErrorCode::malformed, positional.spec.name + " is empty"};
    }
    TRY(check_choice(positional.spec.choices, positional.spec.name, values.front()));
    if (auto stored = positional.binding.assign(values); !stored) {
      return std::move(stored).error().while_doing(positional.spec.name);
    }
  }
  if (next < words.size()) {
    return Error{ErrorCode::malformed, "unexpected argument " + in_quotes(words[next])};
  }
  return {};
}

// Says which command it was, and where its flags are explained when nothing better is known.
Error in_command(Error error, const CommandNode& node) {
  if (node.parent() == nullptr) {
    return error;
  }
  if (error.hint.empty()) {
    error.hint = "'" + node.full_name() + " --help' explains it";
  }
  return std::move(error).while_doing(node.path());
}

Error incomplete(const CommandNode& node) {
  std::string names;
  for (const auto& child : node.children()) {
    names += (names.empty() ? "" : ", ") + child->name();
  }
  return Error{ErrorCode::malformed,
               (node.parent() == nullptr ? "no command was given" : node.path() + ": which one?"),
               node.parent() == nullptr ? "'bramley help' lists the commands" : "one of: " + names};
}

// A word too many may be another program's: `apply profiles`, where ours takes only flags.
std::optional<Error> foreign_positionals(const CommandNode& root, Resolution found,
                                         const std::vector<std::string>& positionals) {
  if (!found.node->positionals().empty() || positionals.empty()) {
    return std::nullopt;
  }
  found.words.insert(found.words.end(), positionals.begin(), positionals.end());
  return answer_to_foreign_words(root, found.words, found.rest);
}

}  // namespace

CommandLine parse_command_line(const CommandNode& root, const std::vector<std::string>& arguments,
                               const Environment& environment) {
  Resolution found = resolve(root, arguments);
  CommandLine line{.node = found.node};
  FlagReader reader(root, *found.node, environment);
  const Status read = reader.read(found.rest);
  line.help = reader.is_given("help");
  line.version = reader.is_given("version");
  if (line.help) {
    return line;
  }
  if (line.version) {
    found = {root.find("version"), {}, std::nullopt, {}};
    line.node = found.node;
  }
  if (found.unknown) {
    line.error = unknown_word(root, found);
    return line;
  }
  if (!found.node->handler()) {
    line.error = read ? incomplete(*found.node) : in_command(read.error(), *found.node);
    return line;
  }
  if (auto answer = foreign_positionals(root, found, reader.positionals())) {
    line.error = *std::move(answer);
    return line;
  }
  Status status = read;
  if (status) {
    status = line.version ? Status() : store_positionals(*found.node, reader.positionals());
  }
  if (status) {
    status = reader.store();
  }
  if (!status) {
    line.error = in_command(std::move(status).error(), *found.node);
  }
  return line;
}

std::string requested_output_format(const std::vector<std::string>& arguments,
                                    const Environment& environment) {
  const char* variable = environment("BRAMLEY_OUTPUT");
  std::string format = variable == nullptr ? "" : variable;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& argument = arguments[i];
    if ((argument == "-o" || argument == "--output") && i + 1 < arguments.size()) {
      format = arguments[++i];
    } else if (argument.starts_with("--output=")) {
      format = argument.substr(9);
    } else if (argument.starts_with("-o") && argument.size() > 2) {
      format = argument.substr(2);
    }
  }
  return format;
}

}  // namespace bramley
