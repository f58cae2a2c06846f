#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_tree.h"

namespace bramley {

// A word as it may be repeated in a message: escaped, cut, in quotes.
std::string in_quotes(std::string_view word);

// "-x", "--xyz", and "--"; but "-" alone is a name for standard input.
bool is_flag_word(std::string_view word);

// malformed when there are choices and `value` is none of them; `name` is whose value it is.
Status check_choice(const std::vector<std::string>& choices, const std::string& name,
                    const std::string& value);

// Tells flags, their values and the rest apart for one command, and fills the flags' variables.
class FlagReader {
 public:
  // The flags of the root and those of the node.
  FlagReader(const CommandNode& root, const CommandNode& node, const Environment& environment);
  ~FlagReader();
  FlagReader(const FlagReader&) = delete;
  FlagReader& operator=(const FlagReader&) = delete;

  // malformed: an unknown flag, or one without its value.
  Status read(std::vector<std::string> arguments);
  // After read: what is neither a flag nor a flag's value.
  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }
  [[nodiscard]] bool is_given(std::string_view name) const;
  // Arguments first, then environment variables; what has neither keeps its default. malformed: a
  // value that does not fit, or a required flag that has none.
  [[nodiscard]] Status store() const;

 private:
  struct Parser;
  void declare(const CommandNode& node);
  Status split_extras();
  [[nodiscard]] Error unknown_flag(const std::string& word) const;
  [[nodiscard]] Result<bool> store_one(const Flag& flag,
                                       const std::vector<std::string>& values) const;

  const Environment& environment_;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string> positionals_;
};

}  // namespace bramley
