#include "cli/help.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/flag_reader.h"
#include "cli/manual.h"
#include "cli/session.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

struct HelpOptions {
  std::vector<std::string> words;
  std::string format = "text";
};

Result<const CommandNode*> find_node(const CommandNode& root,
                                     const std::vector<std::string>& words) {
  const CommandNode* node = &root;
  for (const std::string& word : words) {
    const CommandNode* child = node->find(word);
    if (child == nullptr) {
      std::vector<std::string> names;
      for (const auto& other : node->children()) {
        names.push_back(other->name());
      }
      const auto meant = closest_match(word, names);
      return Error{ErrorCode::malformed, "there is no command " + in_quotes(word),
                   meant ? "did you mean '" + *meant + "'?" : "'bramley help' lists the commands"};
    }
    node = child;
  }
  return node;
}

CommandResult show_help(const CommandNode& root, const HelpOptions& options, Session& session) {
  const auto found = find_node(root, options.words);
  if (!found) {
    return CommandResult::usage(found.error());
  }
  const CommandNode& node = **found;
  Output& output = session.output();
  if (output.format() != OutputFormat::table) {
    output.record(tree_document(node));
  } else if (options.format == "man") {
    output.text(man_page(root, node));
  } else if (options.format == "markdown") {
    output.text(markdown_document(root, node));
  } else {
    output.text(help_text(root, node, output.width()));
  }
  return ExitCode::done;
}

}  // namespace

void add_help(CommandNode& root) {
  auto options = std::make_shared<HelpOptions>();
  CommandNode& help = root.add("help", "Explain the program, or one command");
  help.describe(
      "With -o json the tree of commands, flags and variables is printed for programs. The manual "
      "page of a verb is the one of its noun.");
  help.prints_data();
  help.positional({.name = "COMMAND",
                   .help = "Its words, as in 'bramley help device list'",
                   .need = PositionalSpec::Need::optional},
                  options->words);
  help.flag({.name = "format",
             .value = "FORMAT",
             .help = "What is made of it",
             .choices = {"text", "man", "markdown"}},
            options->format);
  help.run([options, &root](Session& session) { return show_help(root, *options, session); });
}

}  // namespace bramley
