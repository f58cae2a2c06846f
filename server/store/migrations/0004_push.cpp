#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // When the push token came; what Apple says of an older one does not count. NULL: before this.
    "ALTER TABLE enrollments ADD COLUMN token_at {number}",
    // Who is pushed when. ticket: of the push under way; 0: none.
    R"(CREATE TABLE push_schedule (
      enrollment_key {key},
      due_at {number} NOT NULL,
      ticket {number} NOT NULL,
      pushed_at {number} NOT NULL,
      sends {number} NOT NULL,
      failures {number} NOT NULL))",
    "CREATE INDEX push_schedule_by_time ON push_schedule (due_at, enrollment_key)",
    // Those for whom something waits already, over an hour.
    "INSERT INTO push_schedule (enrollment_key, due_at, ticket, pushed_at, sends, failures) "
    "SELECT enrollment_key, (enrollment_key * 7919) % 3600, 0, 0, 1, 0 FROM "
    "(SELECT enrollment_key FROM queue UNION SELECT enrollment_key FROM parked) AS waiting",
};

}  // namespace

const std::span<const std::string_view> migration_0004 = statements;

}  // namespace bramley
