#include <memory>

#include "cli/commands/commands.h"
#include "cli/completion_scripts.h"
#include "cli/completion_values.h"
#include "cli/session.h"

namespace bramley {
namespace {

using Script = std::string (*)(const CommandNode& root);

void add_shell(CommandNode& completion, const CommandNode& root, const char* name, Script script,
               const char* summary, const char* where) {
  CommandNode& shell = completion.add(name, summary);
  shell.describe(where);
  shell.run([script, &root](Session& session) -> CommandResult {
    session.output().text(script(root));
    return ExitCode::done;
  });
}

void add_values(CommandNode& completion) {
  struct Asked {
    std::string kind;
    std::vector<std::string> words;
  };
  auto asked = std::make_shared<Asked>();
  CommandNode& values = completion.add("values", "Print what completions ask while one types");
  values.describe(
      "One value a line, with a word about it after a tab. keys: of the first request type among "
      "the words. devices: ids, asked of the server. Nothing, and exit code 0, where nothing is "
      "known.");
  values.talks_to_server();
  values.positional({.name = "KIND",
                     .help = "What is wanted",
                     .choices = {"contexts", "devices", "types", "keys"}},
                    asked->kind);
  values.positional({.name = "WORD",
                     .help = "The words on the line so far",
                     .need = PositionalSpec::Need::optional},
                    asked->words);
  values.run([asked](Session& session) -> CommandResult {
    session.output().text(completion_values(session, asked->kind, asked->words));
    return ExitCode::done;
  });
}

}  // namespace

void add_completion(CommandNode& root) {
  CommandNode& completion = root.add("completion", "Completion in bash, zsh and fish");
  add_shell(completion, root, "bash", bash_completion, "Print bash's completion script",
            "  bramley completion bash > ~/.local/share/bash-completion/completions/bramley");
  add_shell(completion, root, "zsh", zsh_completion, "Print zsh's completion script",
            "  bramley completion zsh > DIR/_bramley, where DIR is in $fpath");
  add_shell(completion, root, "fish", fish_completion, "Print fish's completion script",
            "  bramley completion fish > ~/.config/fish/completions/bramley.fish");
  add_values(completion);
}

}  // namespace bramley
