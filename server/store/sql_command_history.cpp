// SqlCommands: what is settled without the device, and what is forgotten.

#include "server/store/delivery_state.h"
#include "server/store/sql_commands.h"
#include "server/store/sql_enrollment_changes.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

constexpr SqlNumber cancelled_at_once = 500;
// Between the clocks of who queued a command and who settled it.
constexpr SqlNumber clock_slack = 3600;

// States as is_waiting says.
struct WaitingFor {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM deliveries WHERE command_key = :command "
      "AND enrollment_key > :after AND (state = 0 OR state = 1 OR state = 9) "
      "ORDER BY enrollment_key LIMIT :limit";
};
// One whose rows are still being written is not finished with.
struct Expired {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT x.expires_at, x.command_key, COALESCE(-c.priority, 0) FROM expiring x "
      "LEFT JOIN commands c ON c.command_key = x.command_key WHERE x.expires_at <= :now "
      "AND NOT EXISTS (SELECT 1 FROM expansions e WHERE e.command_key = x.command_key) "
      "ORDER BY x.expires_at, x.command_key LIMIT :limit";
};
struct EndExpiring {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM expiring WHERE expires_at = :expires AND command_key = :command";
};

struct NewestSettled {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT settled_key FROM settled ORDER BY settled_key DESC LIMIT 1";
};
using SettledColumns = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
struct OldestSettled {
  using In = SqlTypes<SqlNumber>;
  using Out = SettledColumns;
  static constexpr std::string_view sql =
      "SELECT settled_key, settled_at, command_key, enrollment_key FROM settled "
      "ORDER BY settled_key LIMIT :limit";
};
// The rows of `settled` outlive a removed enrollment, and keys are used again: never what waits,
// nor what was queued after the row was written.
struct ForgetReport {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM reports WHERE report_key = (SELECT report_key FROM deliveries "
      "WHERE command_key = :command AND enrollment_key = :enrollment AND queued_at <= :until "
      "AND state <> 0 AND state <> 1 AND state <> 9)";
};
struct ForgetDelivery {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM deliveries WHERE command_key = :command AND enrollment_key = :enrollment "
      "AND queued_at <= :until AND state <> 0 AND state <> 1 AND state <> 9";
};
struct ForgetSettled {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM settled WHERE settled_key = :key";
};
struct KeepOneLess {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE commands SET kept = kept - 1 WHERE command_key = :command";
};
// Keys are used again: nothing may be left that names this one.
struct ForgetExpiring {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM expiring WHERE command_key = :command AND expires_at = (SELECT expires_at "
      "FROM commands WHERE command_key = :same AND kept <= 0)";
};
struct ForgetBody {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM command_bodies WHERE command_key = (SELECT command_key FROM commands "
      "WHERE command_key = :command AND kept <= 0)";
};
struct ForgetCommand {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM commands WHERE command_key = :command AND kept <= 0";
};

}  // namespace

void forget_delivery(WriteTransaction& transaction, SqlNumber command_key, SqlNumber enrollment_key,
                     SqlNumber queued_until) {
  transaction.run<ForgetReport>(command_key, enrollment_key, queued_until);
  if (transaction.run<ForgetDelivery>(command_key, enrollment_key, queued_until) > 0) {
    transaction.run<KeepOneLess>(command_key);
    transaction.run<ForgetExpiring>(command_key, command_key);
    transaction.run<ForgetBody>(command_key);
    transaction.run<ForgetCommand>(command_key);
  }
}

namespace {

// What the next step of expire() settles.
struct ExpiredWork {
  struct Delivery {
    SqlNumber enrollment_key;
    CommandPlace place;
  };
  struct Finished {
    SqlNumber expires_at;
    SqlNumber command_key;
  };
  std::vector<Delivery> deliveries;
  std::vector<Finished> finished;
};

ExpiredWork find_expired(SqlConnection& sql, SqlNumber now, SqlNumber limit) {
  std::vector<Expired::Out> commands;
  sql.each<Expired>([&](Expired::Out row) { commands.push_back(row); }, now, limit);
  ExpiredWork work;
  for (const auto& [expires_at, command_key, turn] : commands) {
    const CommandPlace place{command_key, turn};
    const auto left = limit - static_cast<SqlNumber>(work.deliveries.size());
    sql.each<WaitingFor>(
        [&](WaitingFor::Out row) { work.deliveries.push_back({std::get<0>(row), place}); },
        command_key, SqlNumber{0}, left);
    if (static_cast<SqlNumber>(work.deliveries.size()) >= limit) {
      break;
    }
    work.finished.push_back({expires_at, command_key});
  }
  return work;
}

}  // namespace

Result<std::int64_t> SqlCommands::clear(std::string_view enrollment_id, Timestamp now) {
  const std::string id(enrollment_id);
  std::int64_t cleared = 0;
  TRY(context_.writer.write("clear queue", [&](WriteTransaction& transaction) -> Status {
    cleared = 0;
    if (const auto row = find_enrollment_row(transaction, id)) {
      cleared = clear_queue(transaction, row->key, CommandState::cancelled, seconds_of(now));
      transaction.touch(id);
    }
    return {};
  }));
  return cleared;
}

Result<std::int64_t> SqlCommands::cancel(std::string_view uuid, std::string_view enrollment_id,
                                         Timestamp now) {
  // A command whose rows are still being written waits for nobody yet.
  const std::lock_guard lock(expanding_);
  TRY(finish_expansions());
  std::optional<CommandPlace> place;
  std::int64_t cancelled = 0;
  TRY(context_.writer.write("cancel command", [&](WriteTransaction& transaction) -> Status {
    cancelled = 0;
    place = find_place(transaction, std::string(uuid));
    const auto row = find_enrollment_row(transaction, std::string(enrollment_id));
    if (place && row &&
        settle_unanswered(transaction, row->key, *place, CommandState::cancelled,
                          seconds_of(now))) {
      cancelled = 1;
    }
    return {};
  }));
  if (!place) {
    return no_command(uuid);
  }
  return enrollment_id.empty() ? cancel_for_all(*place, now) : Result(cancelled);
}

Result<std::int64_t> SqlCommands::cancel_for_all(const CommandPlace& place, Timestamp now) {
  std::int64_t cancelled = 0;
  SqlNumber after = 0;
  while (true) {
    std::vector<SqlNumber> keys;
    TRY(context_.readers.read("find what waits", [&](SqlConnection& sql) -> Status {
      sql.each<WaitingFor>([&](WaitingFor::Out row) { keys.push_back(std::get<0>(row)); },
                           place.command_key, after, cancelled_at_once);
      return {};
    }));
    if (keys.empty()) {
      return cancelled;
    }
    after = keys.back();
    std::int64_t of_these = 0;
    TRY(context_.writer.write("cancel command", [&](WriteTransaction& transaction) -> Status {
      of_these = 0;
      for (const auto key : keys) {
        of_these += SqlNumber{
            settle_unanswered(transaction, key, place, CommandState::cancelled, seconds_of(now))};
      }
      return {};
    }));
    cancelled += of_these;
  }
}

Result<std::int64_t> SqlCommands::expire(Timestamp now, std::int64_t limit) {
  ExpiredWork work;
  TRY(context_.readers.read("find expired commands", [&](SqlConnection& sql) -> Status {
    work = find_expired(sql, seconds_of(now), limit);
    return {};
  }));
  if (work.deliveries.empty() && work.finished.empty()) {
    return 0;
  }
  TRY(context_.writer.write("expire commands", [&](WriteTransaction& transaction) -> Status {
    for (const auto& [enrollment_key, place] : work.deliveries) {
      settle_unanswered(transaction, enrollment_key, place, CommandState::expired, seconds_of(now));
    }
    for (const auto& [expires_at, command_key] : work.finished) {
      transaction.run<EndExpiring>(expires_at, command_key);
    }
    return {};
  }));
  return static_cast<std::int64_t>(work.deliveries.size() + work.finished.size());
}

Result<std::int64_t> SqlCommands::forget(const HistoryLimits& limits, Timestamp now,
                                         std::int64_t limit) {
  std::int64_t forgotten = 0;
  if (!limits.age && !limits.results) {
    return forgotten;
  }
  TRY(context_.writer.write("forget history", [&](WriteTransaction& transaction) -> Status {
    forgotten = 0;
    const auto newest = transaction.one<NewestSettled>();
    const auto last_by_count =
        newest && limits.results ? std::get<0>(*newest) - *limits.results : 0;
    const auto before = limits.age ? seconds_of(now) - limits.age->count() : SqlNumber{0};
    std::vector<SettledColumns> oldest;
    transaction.each<OldestSettled>([&](SettledColumns row) { oldest.push_back(row); }, limit);
    for (const auto& row : oldest) {
      const bool too_old = limits.age && std::get<1>(row) < before;
      const bool too_many = limits.results && std::get<0>(row) <= last_by_count;
      if (!too_old && !too_many) {
        break;
      }
      forget_delivery(transaction, std::get<2>(row), std::get<3>(row),
                      std::get<1>(row) + clock_slack);
      transaction.run<ForgetSettled>(std::get<0>(row));
      ++forgotten;
    }
    return {};
  }));
  return forgotten;
}

}  // namespace bramley
