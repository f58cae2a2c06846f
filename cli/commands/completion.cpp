#include <memory>

#include "cli/commands/commands.h"
#include "cli/completion_scripts.h"
#include "cli/session.h"

namespace bramley {

void add_completion(CommandNode& root) {
  auto shell = std::make_shared<std::string>();
  CommandNode& completion = root.add("completion", "Print a shell's completion script");
  completion.describe(
      "  bash  bramley completion bash > ~/.local/share/bash-completion/completions/bramley\n"
      "  zsh   bramley completion zsh > DIR/_bramley, where DIR is in $fpath\n"
      "  fish  bramley completion fish > ~/.config/fish/completions/bramley.fish");
  completion.positional(
      {.name = "SHELL", .help = "bash, zsh or fish", .choices = {"bash", "zsh", "fish"}}, *shell);
  completion.run([shell, &root](Session& session) -> CommandResult {
    session.output().text(*shell == "bash"  ? bash_completion(root)
                          : *shell == "zsh" ? zsh_completion(root)
                                            : fish_completion(root));
    return ExitCode::done;
  });
}

}  // namespace bramley
