#include "cli/help.h"

#include <memory>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/suggestions.h"

namespace bramley {
namespace {

struct HelpOptions {
  std::vector<std::string> words;
};

CommandResult show_help(const CommandNode& root, const HelpOptions& options, Session& session) {
  const CommandNode* node = &root;
  for (const std::string& word : options.words) {
    const CommandNode* child = node->find(word);
    if (child == nullptr) {
      std::vector<std::string> names;
      for (const auto& other : node->children()) {
        names.push_back(other->name());
      }
      const auto meant = closest_match(word, names);
      return CommandResult::usage(
          "help: there is no command '" + word + "'",
          meant ? "did you mean '" + *meant + "'?" : "'bramley help' lists the commands");
    }
    node = child;
  }
  session.output().text(help_text(root, *node, session.output().width()));
  return ExitCode::done;
}

}  // namespace

void add_help(CommandNode& root) {
  auto options = std::make_shared<HelpOptions>();
  CommandNode& help = root.add("help", "Explain the program, or one command");
  help.positional({.name = "COMMAND",
                   .help = "Its words, as in 'bramley help device list'",
                   .need = PositionalSpec::Need::optional},
                  options->words);
  help.run([options, &root](Session& session) { return show_help(root, *options, session); });
}

}  // namespace bramley
