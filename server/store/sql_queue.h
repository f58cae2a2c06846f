#pragma once

#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// Settles all that waits for the enrollment as `cleared`, counters included.
void clear_queue(WriteTransaction& transaction, SqlNumber enrollment_key);

// A report as it enters the database.
struct SealedReport {
  CommandState state;
  std::string status_text;
  SqlNumber reported_at;
  std::string sealed;
};
// Settles or parks one delivery. Nothing happens unless the command waits for the enrollment.
void settle(WriteTransaction& transaction, SqlNumber enrollment_key,
            const std::string& command_uuid, const SealedReport& report);

// Lets go of what a NotNow holds back: a new conversation begins.
void release_held(WriteTransaction& transaction, SqlNumber enrollment_key);

// The next command, its plist still sealed. `Sql` is a connection or a transaction.
struct SealedCommand {
  std::string uuid;
  std::string request_type;
  std::string sealed;
};
struct NextQueued {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT c.uuid, c.request_type, b.sealed FROM commands c "
      "JOIN command_bodies b ON b.command_key = c.command_key WHERE c.command_key = "
      "(SELECT command_key FROM queue WHERE enrollment_key = :key ORDER BY command_key LIMIT 1)";
};
struct NextParked {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT c.uuid, c.request_type, b.sealed FROM commands c "
      "JOIN command_bodies b ON b.command_key = c.command_key WHERE c.command_key = "
      "(SELECT command_key FROM parked WHERE enrollment_key = :key ORDER BY position LIMIT 1)";
};
// Held ones have been parked last, so the first that is not held is near.
struct NextReleased {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT c.uuid, c.request_type, b.sealed FROM commands c "
      "JOIN command_bodies b ON b.command_key = c.command_key WHERE c.command_key = "
      "(SELECT command_key FROM parked WHERE enrollment_key = :key AND held = 0 "
      "ORDER BY position LIMIT 1)";
};
struct LastIsHeld {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT held FROM parked WHERE enrollment_key = :key ORDER BY position DESC LIMIT 1";
};
template <class Query, class Sql>
std::optional<SealedCommand> next_command(Sql& sql, SqlNumber enrollment_key) {
  auto row = sql.template one<Query>(enrollment_key);
  if (!row) {
    return std::nullopt;
  }
  auto& [uuid, request_type, sealed] = *row;
  return SealedCommand{std::move(uuid), std::move(request_type), std::move(sealed)};
}

}  // namespace bramley
