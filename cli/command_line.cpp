#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/foreign_words.h"
#include "cli/suggestions.h"
#include "cli/terminal_text.h"

namespace bramley {
namespace {

// A word as it may be repeated in a message.
std::string in_quotes(std::string_view word) {
  constexpr std::size_t shown = 60;
  return "'" + cut_to_width(escape_for_terminal(word), shown) + "'";
}

bool is_flag_word(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

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
  if (auto answer = answer_to_foreign_words(root, found.words)) {
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

using Tokens = std::pair<const Flag*, CLI::Option*>;

// One flat parser for the command that was found: CLI11 tells flags, values and the rest apart, and
// everything that a value means is decided here.
class FlagReader {
 public:
  FlagReader(const CommandNode& root, const CommandNode& node, const Environment& environment)
      : environment_(environment) {
    app_.set_help_flag();
    app_.allow_extras();
    declare(root);
    if (&node != &root) {
      declare(node);
    }
  }

  Status read(std::vector<std::string> arguments) {
    // CLI11 takes "--flag=" for a flag whose value is still to come.
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
      std::string& argument = arguments[i];
      if (argument.starts_with("--") && argument.size() > 3 &&
          argument.find('=') == argument.size() - 1) {
        argument.pop_back();
        arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::string());
        ++i;
      }
    }
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ArgumentMismatch& mismatch) {
      return Error{ErrorCode::malformed,
                   mismatch.get_name() == "ArgumentMismatch"
                       ? "a flag lacks its value: " + std::string(mismatch.what())
                       : std::string(mismatch.what())};
    } catch (const CLI::ParseError& failure) {
      return Error{ErrorCode::malformed, failure.what()};
    }
    return split_extras();
  }

  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }

  // Arguments first, then environment variables; what has neither keeps its default.
  Status store() const {
    std::string missing;
    for (const auto& [flag, option] : tokens_) {
      TRY_ASSIGN(const bool given, store_one(*flag, *option));
      if (!given && flag->spec.need == FlagSpec::Need::required) {
        missing += (missing.empty() ? "--" : ", --") + flag->spec.name;
      }
    }
    if (!missing.empty()) {
      return Error{ErrorCode::malformed, "missing: " + missing};
    }
    return {};
  }

  [[nodiscard]] bool is_given(std::string_view name) const {
    return std::any_of(tokens_.begin(), tokens_.end(), [&](const Tokens& token) {
      return token.first->spec.name == name && token.second->count() > 0;
    });
  }

 private:
  void declare(const CommandNode& node) {
    for (const Flag& flag : node.flags()) {
      std::string names = "--" + flag.spec.name;
      if (flag.spec.letter != '\0') {
        names += std::string(",-") + flag.spec.letter;
      }
      CLI::Option* option = flag.binding.kind() == ValueKind::toggle
                                ? app_.add_flag(names)
                                : app_.add_option(names, CLI::callback_t());
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      tokens_.emplace_back(&flag, option);
    }
  }

  Status split_extras() {
    bool flags_ended = false;
    for (const std::string& word : app_.remaining()) {
      if (!flags_ended && word == "--") {
        flags_ended = true;
      } else if (!flags_ended && is_flag_word(word)) {
        return unknown_flag(word);
      } else {
        positionals_.push_back(word);
      }
    }
    return {};
  }

  [[nodiscard]] Error unknown_flag(const std::string& word) const {
    const std::string name = word.substr(0, word.find('='));
    std::vector<std::string> names;
    for (const auto& [flag, option] : tokens_) {
      names.push_back("--" + flag->spec.name);
    }
    Error error{ErrorCode::malformed, "there is no flag " + in_quotes(name)};
    if (const auto meant = closest_match(name, names)) {
      return std::move(error).with_hint("did you mean '" + *meant + "'?");
    }
    return error;
  }

  [[nodiscard]] Result<bool> store_one(const Flag& flag, const CLI::Option& option) const {
    const std::string name = "--" + flag.spec.name;
    if (option.count() > 0) {
      TRY(check_choice(flag.spec.choices, name, option.results().back()));
      if (auto stored = flag.binding.assign(option.results()); !stored) {
        return std::move(stored).error().while_doing(name);
      }
      return true;
    }
    const char* variable =
        flag.spec.variable.empty() ? nullptr : environment_(flag.spec.variable.c_str());
    // An empty variable is how a script says "not set".
    if (variable == nullptr || *variable == '\0') {
      return false;
    }
    TRY(check_choice(flag.spec.choices, flag.spec.variable, variable));
    if (auto stored = flag.binding.assign_variable(flag.spec.variable, variable); !stored) {
      return std::move(stored).error().while_doing(flag.spec.variable);
    }
    return true;
  }

 public:
  static Status check_choice(const std::vector<std::string>& choices, const std::string& name,
                             const std::string& value) {
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
      return {};
    }
    std::string list;
    for (const std::string& choice : choices) {
      list += (list.empty() ? "" : ", ") + choice;
    }
    Error error{ErrorCode::malformed, name + ": " + in_quotes(value) + " is not one of " + list};
    if (const auto meant = closest_match(value, choices)) {
      return std::move(error).with_hint("did you mean '" + *meant + "'?");
    }
    return error;
  }

 private:
  const Environment& environment_;
  CLI::App app_;
  std::vector<Tokens> tokens_;
  std::vector<std::string> positionals_;
};

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
    TRY(FlagReader::check_choice(positional.spec.choices, positional.spec.name, values.front()));
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

}  // namespace

CommandLine parse_command_line(const CommandNode& root, const std::vector<std::string>& arguments,
                               const Environment& environment) {
  Resolution found = resolve(root, arguments);
  CommandLine line{.node = found.node};
  FlagReader reader(root, *found.node, environment);
  const Status read = reader.read(std::move(found.rest));
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
