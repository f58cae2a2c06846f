#pragma once

#include <optional>
#include <string>

#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// What changes in the tables when a command is settled, parked or stuck. Private to the folder.

// Settles all that waits for the enrollment, counters included, as `state`: cleared or cancelled.
// How many that were.
SqlNumber clear_queue(WriteTransaction& transaction, SqlNumber enrollment_key, CommandState state,
                      SqlNumber now);

// A report as it enters the database.
struct SealedReport {
  CommandState state;
  std::string status_text;
  SqlNumber reported_at;
  std::string sealed;
  bool is_kept = true;  // until the history's limits say otherwise; else somebody else forgets it
};
// The key of the command that a report names, and where it waits.
struct CommandPlace {
  SqlNumber command_key;
  SqlNumber turn;
};
std::optional<CommandPlace> find_place(WriteTransaction& transaction, const std::string& uuid);

// Settles or parks one delivery. False, and nothing happens, unless the command waits for the
// enrollment, or may be answered late.
bool settle(WriteTransaction& transaction, SqlNumber enrollment_key, const CommandPlace& place,
            const SealedReport& report);

// Settles one delivery without a report: expired or cancelled. False: it does not wait.
bool settle_unanswered(WriteTransaction& transaction, SqlNumber enrollment_key,
                       const CommandPlace& place, CommandState state, SqlNumber now);

// Puts a waiting command behind all others. `unanswered`: deliveries so far.
void make_stuck(WriteTransaction& transaction, SqlNumber enrollment_key, const CommandPlace& place,
                std::optional<SqlNumber> expires_at, SqlNumber unanswered);

// Adds deliveries without an answer to what is known of a waiting command.
void count_unanswered(WriteTransaction& transaction, SqlNumber enrollment_key,
                      SqlNumber command_key, SqlNumber count);

}  // namespace bramley
