#include "server/store/sql_queue.h"

#include "server/store/delivery_state.h"

namespace bramley {
namespace {

// An enrollment has a command in one of the two tables at most once.
struct LogCleared {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO settled (settled_at, command_key, enrollment_key) "
      "SELECT :now, w.command_key, w.enrollment_key FROM (SELECT command_key, enrollment_key "
      "FROM queued WHERE enrollment_key = :queued UNION ALL SELECT command_key, enrollment_key "
      "FROM parked WHERE enrollment_key = :parked) w ORDER BY w.command_key";
};
struct CountCleared {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET pending = pending - 1, cleared = cleared + :cleared, "
      "cancelled = cancelled + :cancelled WHERE command_key IN "
      "(SELECT command_key FROM queued WHERE enrollment_key = :queued "
      "UNION ALL SELECT command_key FROM parked WHERE enrollment_key = :parked)";
};
struct UncountStuck {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET stuck = stuck - 1 WHERE command_key IN "
      "(SELECT command_key FROM parked WHERE enrollment_key = :key AND position >= :first_stuck)";
};
struct UncountNotNow {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET not_now = not_now - 1 WHERE command_key IN "
      "(SELECT command_key FROM parked WHERE enrollment_key = :key AND position < :first_stuck)";
};
struct MarkCleared {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE deliveries SET state = :state WHERE enrollment_key = :key AND command_key IN "
      "(SELECT command_key FROM queued WHERE enrollment_key = :queued "
      "UNION ALL SELECT command_key FROM parked WHERE enrollment_key = :parked)";
};
struct DeleteQueue {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM queued WHERE enrollment_key = :key";
};
struct DeleteParkedAll {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM parked WHERE enrollment_key = :key";
};
struct AnyExpansion {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT command_key FROM expansions LIMIT 1";
};
// What is being written for many must not reach this one any more.
struct ClearExpansions {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO expansion_cleared (command_key, enrollment_key) "
      "SELECT x.command_key, :key FROM expansions x WHERE NOT EXISTS (SELECT 1 FROM "
      "expansion_cleared c WHERE c.command_key = x.command_key AND c.enrollment_key = :same)";
};

struct FindPlace {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT command_key, -priority FROM commands WHERE uuid = :uuid";
};
struct TakeQueued {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM queued WHERE enrollment_key = :enrollment AND turn = :turn "
      "AND command_key = :command";
};
struct FindParked {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT position, expires_at FROM parked WHERE enrollment_key = :enrollment "
      "AND command_key = :command";
};
struct TakeParked {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM parked WHERE enrollment_key = :enrollment AND position = :position";
};
struct FindExpiry {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT expires_at FROM commands WHERE command_key = :command";
};
struct Park {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, std::optional<SqlNumber>>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO parked (enrollment_key, position, held, command_key, expires_at, unanswered) "
      "VALUES (:enrollment, (SELECT COALESCE(MAX(position), 0) + 1 FROM parked "
      "WHERE enrollment_key = :same AND position < :first_stuck), 1, :command, :expires, 0)";
};
struct ParkStuck {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
                      std::optional<SqlNumber>, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO parked (enrollment_key, position, held, command_key, expires_at, unanswered) "
      "VALUES (:enrollment, (SELECT COALESCE(MAX(position), :before_first) + 1 FROM parked "
      "WHERE enrollment_key = :same AND position >= :first_stuck), 0, :command, :expires, :count)";
};
struct FindReport {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT state, report_key FROM deliveries WHERE command_key = :command "
      "AND enrollment_key = :enrollment";
};
struct InsertReport {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "INSERT INTO reports (sealed) VALUES ({binary:sealed})";
};
struct ReplaceReport {
  using In = SqlTypes<SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE reports SET sealed = {binary:sealed} WHERE report_key = :report";
};
struct SettleDelivery {
  using In =
      SqlTypes<SqlNumber, SqlNumber, SqlText, std::optional<SqlNumber>, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE deliveries SET state = :state, reported_at = :now, status_text = :status, "
      "report_key = COALESCE(:report, report_key) "
      "WHERE command_key = :command AND enrollment_key = :enrollment";
};
struct MarkDelivery {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE deliveries SET state = :state WHERE command_key = :command "
      "AND enrollment_key = :enrollment";
};
struct Count {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
                      SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET pending = pending + :pending, not_now = not_now + :not_now, "
      "stuck = stuck + :stuck, "
      "acknowledged = acknowledged + :acknowledged, failed = failed + :failed, "
      "cleared = cleared + :cleared, expired = expired + :expired, "
      "cancelled = cancelled + :cancelled WHERE command_key = :command";
};
struct LogSettled {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO settled (settled_at, command_key, enrollment_key) "
      "VALUES (:now, :command, :enrollment)";
};
struct CountQueued {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE queued SET unanswered = unanswered + :count WHERE enrollment_key = :enrollment "
      "AND turn = (SELECT -priority FROM commands WHERE command_key = :of) "
      "AND command_key = :command";
};

// What one delivery adds to its command's counters.
void count(WriteTransaction& transaction, SqlNumber command_key, const CommandSummary& change) {
  transaction.run<Count>(change.pending, change.not_now, change.stuck, change.acknowledged,
                         change.failed, change.cleared, change.expired, change.cancelled,
                         command_key);
}

struct CountParked {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE parked SET unanswered = unanswered + :count WHERE enrollment_key = :enrollment "
      "AND command_key = :command";
};

// Out of where it waited; what it was there.
std::optional<CommandState> take(WriteTransaction& transaction, SqlNumber enrollment_key,
                                 const CommandPlace& place) {
  if (transaction.run<TakeQueued>(enrollment_key, place.turn, place.command_key) > 0) {
    return CommandState::pending;
  }
  const auto parked = transaction.one<FindParked>(enrollment_key, place.command_key);
  if (!parked) {
    return std::nullopt;
  }
  transaction.run<TakeParked>(enrollment_key, std::get<0>(*parked));
  return std::get<0>(*parked) >= first_stuck_position ? CommandState::stuck : CommandState::not_now;
}

// From one state to another, in the counters.
void recount(WriteTransaction& transaction, SqlNumber command_key, CommandState before,
             CommandState after) {
  CommandSummary change;
  --counter_of(change, before);
  ++counter_of(change, after);
  count_apart(change, before, -1);
  count_apart(change, after, 1);
  count(transaction, command_key, change);
}

// The delivery's report, in place of the one of its NotNow if there was one.
void store_report(WriteTransaction& transaction, SqlNumber enrollment_key, SqlNumber command_key,
                  std::optional<SqlNumber> report_key, const SealedReport& report) {
  if (report_key) {
    transaction.run<ReplaceReport>(report.sealed, *report_key);
  } else {
    transaction.run<InsertReport>(report.sealed);
    report_key = transaction.last_key("reports");
  }
  transaction.run<SettleDelivery>(number_of(report.state), report.reported_at, report.status_text,
                                  report_key, command_key, enrollment_key);
}

bool settle_late(WriteTransaction& transaction, SqlNumber enrollment_key, SqlNumber command_key,
                 const SealedReport& report) {
  const auto found = transaction.one<FindReport>(command_key, enrollment_key);
  if (!found || is_waiting(report.state) ||
      !may_be_answered_late(enum_of<CommandState>(std::get<0>(*found)))) {
    return false;
  }
  store_report(transaction, enrollment_key, command_key, std::get<1>(*found), report);
  recount(transaction, command_key, enum_of<CommandState>(std::get<0>(*found)), report.state);
  return true;
}

}  // namespace

SqlNumber clear_queue(WriteTransaction& transaction, SqlNumber enrollment_key, CommandState state,
                      SqlNumber now) {
  if (transaction.one<AnyExpansion>()) {
    transaction.run<ClearExpansions>(enrollment_key, enrollment_key);
  }
  const bool cancelled = state == CommandState::cancelled;
  const auto cleared = transaction.run<CountCleared>(SqlNumber{!cancelled}, SqlNumber{cancelled},
                                                     enrollment_key, enrollment_key);
  if (cleared == 0) {
    return 0;
  }
  transaction.run<UncountStuck>(enrollment_key, first_stuck_position);
  transaction.run<UncountNotNow>(enrollment_key, first_stuck_position);
  transaction.run<MarkCleared>(number_of(state), enrollment_key, enrollment_key, enrollment_key);
  transaction.run<LogCleared>(now, enrollment_key, enrollment_key);
  transaction.run<DeleteQueue>(enrollment_key);
  transaction.run<DeleteParkedAll>(enrollment_key);
  return cleared;
}

std::optional<CommandPlace> find_place(WriteTransaction& transaction, const std::string& uuid) {
  const auto found = transaction.one<FindPlace>(uuid);
  return found ? std::optional(CommandPlace{std::get<0>(*found), std::get<1>(*found)})
               : std::nullopt;
}

bool settle(WriteTransaction& transaction, SqlNumber enrollment_key, const CommandPlace& place,
            const SealedReport& report) {
  const auto command_key = place.command_key;
  const auto before = take(transaction, enrollment_key, place);
  if (!before) {
    return settle_late(transaction, enrollment_key, command_key, report);
  }
  std::optional<SqlNumber> report_key;
  if (*before != CommandState::pending) {
    if (const auto found = transaction.one<FindReport>(command_key, enrollment_key)) {
      report_key = std::get<1>(*found);
    }
  }
  store_report(transaction, enrollment_key, command_key, report_key, report);
  if (report.state == CommandState::not_now) {
    const auto expiry = transaction.one<FindExpiry>(command_key);
    transaction.run<Park>(enrollment_key, enrollment_key, first_stuck_position, command_key,
                          expiry ? std::get<0>(*expiry) : std::nullopt);
  } else if (report.is_kept) {
    transaction.run<LogSettled>(report.reported_at, command_key, enrollment_key);
  }
  if (report.state != *before) {
    recount(transaction, command_key, *before, report.state);
  }
  return true;
}

bool settle_unanswered(WriteTransaction& transaction, SqlNumber enrollment_key,
                       const CommandPlace& place, CommandState state, SqlNumber now) {
  const auto before = take(transaction, enrollment_key, place);
  if (!before) {
    return false;
  }
  transaction.run<MarkDelivery>(number_of(state), place.command_key, enrollment_key);
  transaction.run<LogSettled>(now, place.command_key, enrollment_key);
  recount(transaction, place.command_key, *before, state);
  return true;
}

void make_stuck(WriteTransaction& transaction, SqlNumber enrollment_key, const CommandPlace& place,
                std::optional<SqlNumber> expires_at, SqlNumber unanswered) {
  const auto before = take(transaction, enrollment_key, place);
  if (!before) {
    return;
  }
  transaction.run<ParkStuck>(enrollment_key, first_stuck_position - 1, enrollment_key,
                             first_stuck_position, place.command_key, expires_at, unanswered);
  transaction.run<MarkDelivery>(number_of(CommandState::stuck), place.command_key, enrollment_key);
  recount(transaction, place.command_key, *before, CommandState::stuck);
}

void count_unanswered(WriteTransaction& transaction, SqlNumber enrollment_key,
                      SqlNumber command_key, SqlNumber count) {
  if (transaction.run<CountQueued>(count, enrollment_key, command_key, command_key) == 0) {
    transaction.run<CountParked>(count, enrollment_key, command_key);
  }
}

}  // namespace bramley
