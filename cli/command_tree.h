#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_result.h"
#include "cli/value_binding.h"

namespace bramley {

class Session;

// What a command does, once its flags are in their variables.
using Handler = std::function<CommandResult(Session&)>;

struct FlagSpec {
  std::string name;           // "device", without dashes
  char letter = '\0';         // "o" for -o
  std::string value = {};     // what stands for the value in help ("ID"); empty for a switch
  std::string help = {};      // one sentence, no full stop
  std::string variable = {};  // its environment twin; no name serves two flags
  std::vector<std::string> choices = {};
  // Shown as the default; taken from the bound variable when nothing else is said here.
  std::string default_text = {};
  enum class Need { optional, required } need = Need::optional;
};
struct Flag {
  FlagSpec spec;
  ValueBinding binding;
};

struct PositionalSpec {
  std::string name;  // "ID", "FILE"
  std::string help = {};
  std::vector<std::string> choices = {};
  enum class Need { required, optional } need = Need::required;
};
struct Positional {
  PositionalSpec spec;
  ValueBinding binding;  // one that repeats takes all that are left
};

struct Example {
  std::string command;
  std::string meaning;
};

// One word of the command line: a group of commands, or a command with a handler. The tree is the
// only description there is: parsing, help, completions, man pages and docs/cli.md come from it.
class CommandNode {
 public:
  CommandNode(std::string name, std::string summary, const CommandNode* parent = nullptr)
      : name_(std::move(name)), summary_(std::move(summary)), parent_(parent) {}

  // A word below this one. `summary`: one line, without a full stop. The reference stays good.
  CommandNode& add(std::string name, std::string summary);
  // Paragraphs (separated by empty lines) for `--help` and the manual.
  CommandNode& describe(std::string text);
  CommandNode& example(std::string command, std::string meaning);
  CommandNode& flag(FlagSpec spec, ValueBinding binding);
  CommandNode& positional(PositionalSpec spec, ValueBinding binding);
  // The connection flags (--server, --token…) concern it.
  CommandNode& talks_to_server();
  // It prints data, in any of the formats of -o.
  CommandNode& prints_data();
  CommandNode& run(Handler handler);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& summary() const { return summary_; }
  [[nodiscard]] const std::string& description() const { return description_; }
  [[nodiscard]] const std::vector<Example>& examples() const { return examples_; }
  [[nodiscard]] const std::vector<Flag>& flags() const { return flags_; }
  [[nodiscard]] const std::vector<Positional>& positionals() const { return positionals_; }
  [[nodiscard]] const std::vector<std::unique_ptr<CommandNode>>& children() const {
    return children_;
  }
  [[nodiscard]] const CommandNode* parent() const { return parent_; }
  [[nodiscard]] bool needs_server() const { return needs_server_; }
  [[nodiscard]] bool has_data() const { return has_data_; }
  [[nodiscard]] const Handler& handler() const { return handler_; }

  // Null when there is no such word below.
  [[nodiscard]] const CommandNode* find(std::string_view name) const;
  // Follows several words; null when one is missing.
  [[nodiscard]] const CommandNode* find_path(const std::vector<std::string>& words) const;
  // The words that lead here, without the root's: "command send".
  [[nodiscard]] std::string path() const;
  // The same with the program's name: "bramley command send".
  [[nodiscard]] std::string full_name() const;
  // This node and all below, parents first.
  void visit(const std::function<void(const CommandNode&)>& visitor) const;

 private:
  std::string name_;
  std::string summary_;
  const CommandNode* parent_;
  std::string description_;
  std::vector<Example> examples_;
  std::vector<Flag> flags_;
  std::vector<Positional> positionals_;
  std::vector<std::unique_ptr<CommandNode>> children_;
  Handler handler_;
  bool needs_server_ = false;
  bool has_data_ = false;
};

}  // namespace bramley
