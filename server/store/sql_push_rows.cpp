#include "server/store/sql_push_rows.h"

namespace bramley {
namespace {

// What is due already stays where it is in the line.
struct PushSoon {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE push_schedule SET ticket = 0, sends = 0, failures = 0, due_at = CASE "
      "WHEN due_at <= :now1 THEN due_at "
      "WHEN pushed_at + :pause1 > :now2 THEN pushed_at + :pause2 ELSE :now3 END "
      "WHERE enrollment_key = :key";
};
struct PushedByCaller {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE push_schedule SET ticket = :ticket, sends = 0, failures = 0, due_at = :due, "
      "pushed_at = :now WHERE enrollment_key = :key";
};
struct InsertPush {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO push_schedule (enrollment_key, due_at, ticket, pushed_at, sends, failures) "
      "VALUES (:key, :due, :ticket, :pushed, 0, 0)";
};
struct PutOff {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE push_schedule SET ticket = 0, due_at = :due WHERE enrollment_key = :key";
};
struct DeletePush {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM push_schedule WHERE enrollment_key = :key";
};
struct AnyParked {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT command_key FROM parked WHERE enrollment_key = :key LIMIT 1";
};
struct AnyQueued {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT command_key FROM queued WHERE enrollment_key = :key LIMIT 1";
};
struct NoteToken {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET token_at = :now WHERE enrollment_key = :key";
};

void push_soon(WriteTransaction& transaction, SqlNumber key, SqlNumber now) {
  constexpr SqlNumber pause = PushSchedule::coalescing.count();
  if (transaction.run<PushSoon>(now, pause, now, pause, now, key) == 0) {
    transaction.run<InsertPush>(key, now, 0, 0);
  }
}

void leave_to_caller(WriteTransaction& transaction, SqlNumber key, SqlNumber ticket,
                     SqlNumber now) {
  const SqlNumber due = now + PushSchedule::time_of_caller.count();
  if (transaction.run<PushedByCaller>(ticket, due, now, key) == 0) {
    transaction.run<InsertPush>(key, due, ticket, now);
  }
}

}  // namespace

void order_pushes(WriteTransaction& transaction, const std::vector<SqlNumber>& enrollment_keys,
                  const PushOrder& push, Timestamp now) {
  for (const SqlNumber key : enrollment_keys) {
    switch (push.by) {
      case PushOrder::By::nobody:
        return;
      case PushOrder::By::caller:
        leave_to_caller(transaction, key, push.ticket, seconds_of(now));
        break;
      case PushOrder::By::dispatcher:
        push_soon(transaction, key, seconds_of(now));
        break;
    }
  }
}

void push_later_or_never(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now) {
  if (!transaction.one<AnyParked>(enrollment_key)) {
    transaction.run<DeletePush>(enrollment_key);
    return;
  }
  const SqlNumber due = seconds_of(push_after_not_now(enrollment_key, now));
  if (transaction.run<PutOff>(due, enrollment_key) == 0) {
    transaction.run<InsertPush>(enrollment_key, due, 0, 0);
  }
}

void push_with_new_token(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now) {
  transaction.run<NoteToken>(seconds_of(now), enrollment_key);
  if (transaction.one<AnyQueued>(enrollment_key) || transaction.one<AnyParked>(enrollment_key)) {
    push_soon(transaction, enrollment_key, seconds_of(now));
  }
}

}  // namespace bramley
