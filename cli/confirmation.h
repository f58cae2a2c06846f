#pragma once

#include <optional>
#include <string>

#include "cli/command_result.h"
#include "cli/session.h"

namespace bramley {

// What is about to be done that cannot be taken back.
struct Consequence {
  std::string doing;     // "unenroll devices"
  std::string what;      // "they lose all that was managed on them"
  std::string question;  // "Go on?"
};

// Nothing when it may be done: with --yes, or when somebody at the terminal says yes. Else how the
// command ends: exit 1 after a no; exit 2 where there is nobody to ask, with a hint that names
// --yes and --dry-run.
std::optional<CommandResult> unless_confirmed(Session& session, bool yes,
                                              const Consequence& consequence);

}  // namespace bramley
