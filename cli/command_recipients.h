#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/api_client.h"
#include "cli/command_result.h"
#include "cli/command_source.h"
#include "core/catalogue/command_rules.h"

namespace bramley {

// Whom a command is for, as the command line says it.
struct RecipientOptions {
  TargetOptions named;
  std::string select;              // an expression over devices' facts; empty: none
  std::int64_t expect_count = -1;  // less than 0: any number
  std::optional<std::chrono::seconds> max_age;

  // Whether they are not named one by one.
  [[nodiscard]] bool are_found() const { return named.all || !select.empty(); }
};
void add_recipient_flags(CommandNode& node, RecipientOptions& options);

// The names among them, without repetitions. malformed: nobody is meant, or some by two ways at
// once.
Result<std::vector<std::string>> read_recipients(const RecipientOptions& options);

// "every enrolled device", "3 devices", "devices with platform == "iOS"".
std::string recipients_in_words(const RecipientOptions& options,
                                const std::vector<std::string>& names);

// The members of a request that say who is meant.
Json recipients_body(const RecipientOptions& options, const std::vector<std::string>& names);

// How old facts may be where nobody says.
inline constexpr std::chrono::hours usual_max_age{48};

// What the server says of them (POST /api/v1/selections); null where it does not know that yet.
Result<Json> ask_recipients(ApiClient& api, const RecipientOptions& options,
                            const std::vector<std::string>& names, std::int64_t limit,
                            const std::string& cursor);
// What a command is checked against: one for each kind of device.
std::vector<CommandTarget> kinds_of_recipients(const Json& selected);

// What must be so before a destructive command goes on its way: nobody was matched by facts that
// are too old, and whoever sends it says so, and, where devices are not named one by one, how many
// there are. Nothing when it may go; `options` then expects as many as were agreed to. `selected`
// as ask_recipients; null before the server was asked, when only what needs no server is judged.
std::optional<CommandResult> unless_permitted(Session& session, const std::string& request_type,
                                              RecipientOptions& options,
                                              const std::vector<std::string>& names, bool yes,
                                              const Json& selected);

// Prints those whom a selection matches, in place of sending them anything, with `what` beside them
// for programs. Exit 8.
CommandResult show_selected(Session& session, ApiClient& api, const RecipientOptions& options,
                            Json what);

// Says how many were matched by facts that are too old.
void note_stale(Session& session, const RecipientOptions& options, const Json& selected);

}  // namespace bramley
