#include "cli/commands/commands.h"

namespace bramley {

void add_all_commands(CommandNode& root) {
  add_version(root);
  add_help(root);
}

}  // namespace bramley
