#include "server/store/sql_expansion.h"

#include <algorithm>
#include <unordered_set>

#include "server/store/sql_push_rows.h"
#include "server/store/target_list.h"

namespace bramley {
namespace {

struct InsertCommand {
  using In = SqlTypes<SqlText, SqlText, SqlNumber, SqlNumber, std::optional<SqlNumber>, SqlNumber,
                      SqlNumber, SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO commands (uuid, request_type, created_at, priority, expires_at, targets, "
      "pending, kept, acknowledged, failed, cleared, created_by_id, created_by_name) VALUES "
      "(:uuid, :type, :now, :priority, :expires, :targets, :pending, :kept, 0, 0, 0, :by_id, "
      ":by_name)";
};
struct InsertBody {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO command_bodies (command_key, sealed) VALUES (:key, {binary:sealed})";
};
struct InsertExpiring {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO expiring (expires_at, command_key) VALUES (:expires, :key)";
};
struct InsertDelivery {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO deliveries (command_key, enrollment_key, state, queued_at) "
      "VALUES (:command, :enrollment, :state, :now)";
};
struct InsertQueued {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, std::optional<SqlNumber>>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO queued (enrollment_key, turn, command_key, expires_at, unanswered) "
      "VALUES (:enrollment, :turn, :command, :expires, 0)";
};
struct InsertExpansion {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, std::optional<SqlNumber>, SqlNumber,
                      SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO expansions (command_key, created_at, turn, expires_at, push_by, push_ticket, "
      "done, targets) VALUES (:command, :now, :turn, :expires, :push_by, :ticket, 0, "
      "{binary:targets})";
};
struct ExpansionState {
  using In = SqlTypes<SqlNumber>;
  using Out =
      SqlTypes<SqlNumber, SqlNumber, std::optional<SqlNumber>, SqlNumber, SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT created_at, turn, expires_at, push_by, push_ticket, done FROM expansions WHERE "
      "command_key = :command";
};
struct AdvanceExpansion {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE expansions SET done = :done WHERE command_key = :command";
};
struct EndExpansion {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM expansions WHERE command_key = :command";
};
struct ListCleared {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM expansion_cleared WHERE command_key = :command";
};
struct DeleteCleared {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM expansion_cleared WHERE command_key = :command";
};
struct CountCleared {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET pending = pending - 1, cleared = cleared + 1 WHERE command_key = :key";
};
struct LogCleared {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO settled (settled_at, command_key, enrollment_key) "
      "VALUES (:now, :command, :enrollment)";
};
struct IdOfEnrollment {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql = "SELECT id FROM enrollments WHERE enrollment_key = :key";
};

// How a command's rows look.
struct RowTerms {
  SqlNumber created_at;
  SqlNumber turn;
  std::optional<SqlNumber> expires_at;
  PushOrder push;
};

void insert_rows(WriteTransaction& transaction, SqlNumber command_key, const RowTerms& terms,
                 const std::vector<SqlNumber>& enrollment_keys) {
  for (const auto key : enrollment_keys) {
    transaction.run<InsertDelivery>(command_key, key, number_of(CommandState::pending),
                                    terms.created_at);
  }
  for (const auto key : enrollment_keys) {
    transaction.run<InsertQueued>(key, terms.turn, command_key, terms.expires_at);
  }
  order_pushes(transaction, enrollment_keys, terms.push, time_of(terms.created_at));
}

void insert_cleared(WriteTransaction& transaction, SqlNumber command_key, const RowTerms& terms,
                    SqlNumber enrollment_key) {
  transaction.run<InsertDelivery>(command_key, enrollment_key, number_of(CommandState::cleared),
                                  terms.created_at);
  transaction.run<CountCleared>(command_key);
  transaction.run<LogCleared>(terms.created_at, command_key, enrollment_key);
}

}  // namespace

NewCommand new_command(const Command& command, const std::string& sealed, const CommandTerms& terms,
                       Timestamp now) {
  return {command,
          sealed,
          seconds_of(now),
          -terms.priority,
          terms.expires_at ? std::optional(seconds_of(*terms.expires_at)) : std::nullopt,
          terms.push,
          terms.created_by};
}

SqlNumber insert_command(WriteTransaction& transaction, const NewCommand& command,
                         std::size_t targets) {
  const auto count = static_cast<SqlNumber>(targets);
  transaction.run<InsertCommand>(command.command.uuid, command.command.request_type,
                                 command.created_at, -command.turn, command.expires_at, count,
                                 count, count, command.created_by.id, command.created_by.name);
  const auto command_key = transaction.last_key("commands");
  transaction.run<InsertBody>(command_key, command.sealed);
  if (command.expires_at) {
    transaction.run<InsertExpiring>(*command.expires_at, command_key);
  }
  return command_key;
}

void insert_deliveries(WriteTransaction& transaction, SqlNumber command_key,
                       const NewCommand& command, const std::vector<SqlNumber>& enrollment_keys) {
  insert_rows(transaction, command_key,
              {command.created_at, command.turn, command.expires_at, command.push},
              enrollment_keys);
}

void begin_expansion(WriteTransaction& transaction, SqlNumber command_key,
                     const NewCommand& command, const std::vector<SqlNumber>& ascending) {
  transaction.run<InsertExpansion>(command_key, command.created_at, command.turn,
                                   command.expires_at, static_cast<SqlNumber>(command.push.by),
                                   command.push.ticket, encode_targets(ascending));
}

bool expand_some(WriteTransaction& transaction, SqlNumber command_key,
                 const std::vector<SqlNumber>& targets) {
  const auto state = transaction.one<ExpansionState>(command_key);
  if (!state) {
    return false;
  }
  const auto& [created_at, turn, expires_at, push_by, push_ticket, done] = *state;
  const RowTerms terms{
      created_at, turn, expires_at, {static_cast<PushOrder::By>(push_by), push_ticket}};
  std::unordered_set<SqlNumber> cleared;
  transaction.each<ListCleared>([&](auto row) { cleared.insert(std::get<0>(row)); }, command_key);
  const auto begin = std::min(static_cast<std::size_t>(done), targets.size());
  const auto end = std::min(begin + targets_at_once, targets.size());
  std::vector<SqlNumber> keys;
  for (auto i = begin; i < end; ++i) {
    if (cleared.contains(targets[i])) {
      insert_cleared(transaction, command_key, terms, targets[i]);
      continue;
    }
    keys.push_back(targets[i]);
    if (auto id = transaction.one<IdOfEnrollment>(targets[i])) {
      transaction.touch(std::move(std::get<0>(*id)));
    }
  }
  insert_rows(transaction, command_key, terms, keys);
  if (end < targets.size()) {
    transaction.run<AdvanceExpansion>(static_cast<SqlNumber>(end), command_key);
    return true;
  }
  transaction.run<EndExpansion>(command_key);
  transaction.run<DeleteCleared>(command_key);
  return false;
}

}  // namespace bramley
