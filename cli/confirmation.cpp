#include "cli/confirmation.h"

#include "cli/controlling_terminal.h"

namespace bramley {
namespace {

bool is_yes(std::string_view answer) {
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

}  // namespace

std::optional<CommandResult> unless_confirmed(Session& session, bool yes,
                                              const Consequence& consequence) {
  if (yes) {
    return std::nullopt;
  }
  const std::string warning = consequence.doing + ": " + consequence.what;
  const ControllingTerminal terminal;
  if (!session.surroundings().in_is_terminal || !terminal.is_there()) {
    return CommandResult::usage(
        warning, "look at it with --dry-run, and add --yes to do it without being asked");
  }
  constexpr std::size_t longest_answer = 64;
  terminal.say(warning + ". " + consequence.question + " [y/N] ");
  if (is_yes(terminal.read_line(longest_answer))) {
    return std::nullopt;
  }
  return CommandResult::failed(
      {ErrorCode::conflict, consequence.doing + ": the answer was no, and nothing was done"});
}

}  // namespace bramley
