// The writing half of SqlCommands, and the poll; sql_command_lists.cpp reads.

#include "server/store/sql_commands.h"

#include <algorithm>
#include <unordered_set>

#include "server/store/delivery_state.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_push_rows.h"
#include "server/store/sql_queue.h"
#include "server/store/sql_sealed_commands.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct CommandExists {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT command_key FROM commands WHERE uuid = :uuid";
};
struct InsertCommand {
  using In = SqlTypes<SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO commands (uuid, request_type, created_at, targets, pending, acknowledged, "
      "failed, cleared) VALUES (:uuid, :type, :now, :targets, :pending, 0, 0, 0)";
};
struct InsertBody {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO command_bodies (command_key, sealed) VALUES (:key, {binary:sealed})";
};
struct InsertDelivery {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO deliveries (command_key, enrollment_key, state, queued_at) "
      "VALUES (:command, :enrollment, 0, :now)";
};
struct InsertQueued {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO queue (enrollment_key, command_key) VALUES (:enrollment, :command)";
};

struct Targets {
  std::vector<SqlNumber> keys;
  std::vector<CommandQueue::Refusal> refusals;
};

Targets resolve_targets(WriteTransaction& transaction, std::span<const std::string> ids) {
  Targets targets;
  std::unordered_set<std::string_view> named;
  for (const auto& id : ids) {
    if (!named.insert(id).second) {
      continue;
    }
    const auto row = find_enrollment_row(transaction, id);
    if (!row) {
      targets.refusals.push_back({id, no_enrollment(id)});
    } else if (row->state == EnrollmentState::checked_out) {
      targets.refusals.push_back({id, enrollment_checked_out(id)});
    } else {
      targets.keys.push_back(row->key);
      transaction.touch(id);
    }
  }
  // In the order of the tables: neighbours share pages.
  std::sort(targets.keys.begin(), targets.keys.end());
  return targets;
}

void insert_command(WriteTransaction& transaction, const Command& command,
                    const std::string& sealed, const std::vector<SqlNumber>& enrollment_keys,
                    Timestamp now) {
  const auto count = static_cast<SqlNumber>(enrollment_keys.size());
  transaction.run<InsertCommand>(command.uuid, command.request_type, seconds_of(now), count, count);
  const auto command_key = transaction.last_key("commands");
  transaction.run<InsertBody>(command_key, sealed);
  for (const auto key : enrollment_keys) {
    transaction.run<InsertDelivery>(command_key, key, seconds_of(now));
  }
  for (const auto key : enrollment_keys) {
    transaction.run<InsertQueued>(key, command_key);
  }
}

}  // namespace

Result<std::vector<CommandQueue::Refusal>> SqlCommands::enqueue(
    std::span<const std::string> enrollment_ids, const Command& command, Timestamp now,
    const PushOrder& push) {
  if (enrollment_ids.empty()) {
    return no_targets();
  }
  TRY_ASSIGN(const auto sealed,
             seal_column(context_.sealer, command.plist, command_context(command.uuid)));
  std::vector<Refusal> refusals;
  TRY(context_.writer.write("enqueue command", [&](WriteTransaction& transaction) -> Status {
    if (transaction.one<CommandExists>(command.uuid)) {
      return command_exists(command.uuid);
    }
    auto targets = resolve_targets(transaction, enrollment_ids);
    refusals = std::move(targets.refusals);
    if (!targets.keys.empty()) {
      insert_command(transaction, command, sealed, targets.keys, now);
      order_pushes(transaction, targets.keys, push, now);
    }
    return {};
  }));
  return refusals;
}

Result<std::optional<Command>> SqlCommands::next_when_idle(const EnrollmentId& id) {
  const auto moment = context_.idle.look(id.value());
  if (moment.known_empty) {
    return std::optional<Command>();
  }
  std::optional<SqlNumber> holder;
  TRY_ASSIGN(auto next, context_.readers.read("find next command", [&](SqlConnection& sql) {
    std::optional<SealedCommand> found;
    const auto row = find_enrollment_row(sql, id.value());
    if (row && row->state != EnrollmentState::checked_out) {
      found = next_command<NextQueued>(sql, row->key);
      if (!found) {
        found = next_command<NextParked>(sql, row->key);
      }
      const auto last = sql.one<LastIsHeld>(row->key);
      if (last && std::get<0>(*last) != 0) {
        holder = row->key;
      }
    }
    return Result(std::move(found));
  }));
  if (!next) {
    context_.idle.remember_empty(id.value(), moment);
  }
  if (holder) {
    TRY(context_.writer.write("begin conversation", [&](WriteTransaction& transaction) -> Status {
      release_held(transaction, *holder);
      return {};
    }));
  }
  return open_command(context_.sealer, std::move(next));
}

Result<std::optional<Command>> SqlCommands::settle_and_next(const CommandReport& report,
                                                            Timestamp now) {
  if (report.status == ReportStatus::idle) {
    return next_when_idle(report.enrollment);
  }
  const auto& id = report.enrollment.value();
  SealedReport sealed{state_after(report.status), report.status_text, seconds_of(now), {}};
  TRY_ASSIGN(sealed.sealed,
             seal_column(context_.sealer, report.raw, report_context(id, report.command_uuid)));
  std::optional<SealedCommand> next;
  TRY(context_.writer.write("record report", [&](WriteTransaction& transaction) -> Status {
    next.reset();
    const auto row = find_enrollment_row(transaction, id);
    if (!row) {
      return {};
    }
    settle(transaction, row->key, report.command_uuid, sealed);
    transaction.touch(id);
    if (row->state != EnrollmentState::checked_out) {
      next = next_command<NextQueued>(transaction, row->key);
      if (!next && report.is_final()) {
        next = next_command<NextReleased>(transaction, row->key);
      }
      if (!next) {
        push_later_or_never(transaction, row->key, now);
      }
    }
    return {};
  }));
  return open_command(context_.sealer, std::move(next));
}

Status SqlCommands::clear(std::string_view enrollment_id, Timestamp /*now*/) {
  const std::string id(enrollment_id);
  return context_.writer.write("clear queue", [&](WriteTransaction& transaction) -> Status {
    if (const auto row = find_enrollment_row(transaction, id)) {
      clear_queue(transaction, row->key);
      transaction.touch(id);
    }
    return {};
  });
}

}  // namespace bramley
