#include "cli/flag_reader.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/terminal_text.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

// CLI11 takes "--flag=" for a flag whose value is still to come: it gets its empty value apart.
void separate_empty_values(std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& argument = arguments[i];
    if (argument.starts_with("--") && argument.size() > 3 &&
        argument.find('=') == argument.size() - 1) {
      arguments[i].pop_back();
      arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::string());
      ++i;
    }
  }
}

}  // namespace

std::string in_quotes(std::string_view word) {
  constexpr std::size_t shown = 60;
  return "'" + cut_to_width(escape_for_terminal(word), shown) + "'";
}

bool is_flag_word(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

Status check_choice(const std::vector<std::string>& choices, const std::string& name,
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

// One flat parser for the command that was found. CLI11 sees strings only: what a value means, and
// what is required, is decided here, in our own words.
struct FlagReader::Parser {
  struct Token {
    const Flag* flag;
    CLI::Option* option;
  };
  CLI::App app;
  std::vector<Token> tokens;
};

FlagReader::FlagReader(const CommandNode& root, const CommandNode& node,
                       const Environment& environment)
    : environment_(environment), parser_(std::make_unique<Parser>()) {
  parser_->app.set_help_flag();
  parser_->app.allow_extras();
  declare(root);
  if (&node != &root) {
    declare(node);
  }
}

FlagReader::~FlagReader() = default;

void FlagReader::declare(const CommandNode& node) {
  for (const Flag& flag : node.flags()) {
    std::string names = "--" + flag.spec.name;
    if (flag.spec.letter != '\0') {
      names += std::string{',', '-', flag.spec.letter};
    }
    CLI::Option* option = flag.binding.kind() == ValueKind::toggle
                              ? parser_->app.add_flag(names)
                              : parser_->app.add_option(names, CLI::callback_t());
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    parser_->tokens.push_back({&flag, option});
  }
}

Status FlagReader::read(std::vector<std::string> arguments) {
  separate_empty_values(arguments);
  std::reverse(arguments.begin(), arguments.end());
  try {
    parser_->app.parse(std::move(arguments));
  } catch (const CLI::ArgumentMismatch& mismatch) {
    // Its text begins with the flag's name and goes on in a way that we do not want to depend on.
    const std::string text = mismatch.what();
    return Error{ErrorCode::malformed, text.substr(0, text.find(':')) + " needs a value"};
  } catch (const CLI::ParseError& failure) {
    return Error{ErrorCode::malformed, failure.what()};
  }
  return split_extras();
}

Status FlagReader::split_extras() {
  bool flags_ended = false;
  for (const std::string& word : parser_->app.remaining()) {
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

Error FlagReader::unknown_flag(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Parser::Token& token : parser_->tokens) {
    names.push_back("--" + token.flag->spec.name);
  }
  Error error{ErrorCode::malformed, "there is no flag " + in_quotes(name)};
  if (const auto meant = closest_match(name, names)) {
    return std::move(error).with_hint("did you mean '" + *meant + "'?");
  }
  return error;
}

bool FlagReader::is_given(std::string_view name) const {
  return std::any_of(parser_->tokens.begin(), parser_->tokens.end(),
                     [&](const Parser::Token& token) {
                       return token.flag->spec.name == name && token.option->count() > 0;
                     });
}

Status FlagReader::store() const {
  std::string missing;
  for (const Parser::Token& token : parser_->tokens) {
    TRY_ASSIGN(const bool given, store_one(*token.flag, token.option->results()));
    if (!given && token.flag->spec.need == FlagSpec::Need::required) {
      missing += (missing.empty() ? "--" : ", --") + token.flag->spec.name;
    }
  }
  if (!missing.empty()) {
    return Error{ErrorCode::malformed, "missing: " + missing};
  }
  return {};
}

Result<bool> FlagReader::store_one(const Flag& flag, const std::vector<std::string>& values) const {
  const std::string name = "--" + flag.spec.name;
  if (!values.empty()) {
    TRY(check_choice(flag.spec.choices, name, values.back()));
    if (auto stored = flag.binding.assign(values); !stored) {
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

}  // namespace bramley
