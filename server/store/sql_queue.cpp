#include "server/store/sql_queue.h"

namespace bramley {
namespace {

// An enrollment has a command in one of the two tables at most once.
struct CountCleared {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET pending = pending - 1, cleared = cleared + 1 WHERE command_key IN "
      "(SELECT command_key FROM queue WHERE enrollment_key = :queued "
      "UNION ALL SELECT command_key FROM parked WHERE enrollment_key = :parked)";
};
struct MarkCleared {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE deliveries SET state = :cleared WHERE enrollment_key = :key AND command_key IN "
      "(SELECT command_key FROM queue WHERE enrollment_key = :queued "
      "UNION ALL SELECT command_key FROM parked WHERE enrollment_key = :parked)";
};
struct DeleteQueue {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM queue WHERE enrollment_key = :key";
};
struct DeleteParkedAll {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM parked WHERE enrollment_key = :key";
};

struct CommandKey {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT command_key FROM commands WHERE uuid = :uuid";
};
struct TakeQueued {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM queue WHERE enrollment_key = :enrollment AND command_key = :command";
};
struct TakeParked {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM parked WHERE enrollment_key = :enrollment AND command_key = :command";
};
struct Park {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO parked (enrollment_key, position, held, command_key) VALUES (:enrollment, "
      "(SELECT COALESCE(MAX(position), 0) + 1 FROM parked WHERE enrollment_key = :same), "
      "1, :command)";
};
struct ReleaseHeld {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE parked SET held = 0 WHERE enrollment_key = :key AND held = 1";
};
struct InsertReport {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "INSERT INTO reports (sealed) VALUES ({binary:sealed})";
};
struct ReplaceReport {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE reports SET sealed = {binary:sealed} WHERE report_key = (SELECT report_key FROM "
      "deliveries WHERE command_key = :command AND enrollment_key = :enrollment)";
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
struct CountSettled {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET pending = pending - 1, acknowledged = acknowledged + :acknowledged, "
      "failed = failed + :failed WHERE command_key = :command";
};

}  // namespace

void clear_queue(WriteTransaction& transaction, SqlNumber enrollment_key) {
  if (transaction.run<CountCleared>(enrollment_key, enrollment_key) == 0) {
    return;
  }
  transaction.run<MarkCleared>(number_of(CommandState::cleared), enrollment_key, enrollment_key,
                               enrollment_key);
  transaction.run<DeleteQueue>(enrollment_key);
  transaction.run<DeleteParkedAll>(enrollment_key);
}

void release_held(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<ReleaseHeld>(enrollment_key);
}

void settle(WriteTransaction& transaction, SqlNumber enrollment_key,
            const std::string& command_uuid, const SealedReport& report) {
  const auto found = transaction.one<CommandKey>(command_uuid);
  if (!found) {
    return;
  }
  const auto command_key = std::get<0>(*found);
  const bool was_queued = transaction.run<TakeQueued>(enrollment_key, command_key) > 0;
  if (!was_queued && transaction.run<TakeParked>(enrollment_key, command_key) == 0) {
    return;
  }
  // A parked one has the report of its NotNow already.
  std::optional<SqlNumber> report_key;
  if (was_queued) {
    transaction.run<InsertReport>(report.sealed);
    report_key = transaction.last_key("reports");
  } else {
    transaction.run<ReplaceReport>(report.sealed, command_key, enrollment_key);
  }
  transaction.run<SettleDelivery>(number_of(report.state), report.reported_at, report.status_text,
                                  report_key, command_key, enrollment_key);
  if (report.state == CommandState::not_now) {
    transaction.run<Park>(enrollment_key, enrollment_key, command_key);
    return;
  }
  const bool acknowledged = report.state == CommandState::acknowledged;
  transaction.run<CountSettled>(SqlNumber{acknowledged}, SqlNumber{!acknowledged}, command_key);
}

}  // namespace bramley
