// The counting part of SqlCommands.

#include <limits>

#include "server/store/sql_commands.h"

namespace bramley {
namespace {

// Both tables lie in the order of enrollment_key, so each statement walks a stretch of it.
struct StretchOfQueue {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM queued WHERE enrollment_key > :after "
      "ORDER BY enrollment_key LIMIT 1 OFFSET :rows";
};
struct StretchOfParked {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM parked WHERE enrollment_key > :after "
      "ORDER BY enrollment_key LIMIT 1 OFFSET :rows";
};
struct CountQueue {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT COUNT(*) FROM queued WHERE enrollment_key > :after AND enrollment_key <= :last";
};
struct CountParked {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT COUNT(*) FROM parked WHERE enrollment_key > :after AND enrollment_key <= :last";
};

struct Stretch {
  std::int64_t rows;
  std::optional<SqlNumber> last;  // none: up to the end
};

template <class End, class Count>
Stretch count_stretch(SqlConnection& sql, std::int64_t after, std::int64_t rows) {
  const auto end = sql.one<End>(after, rows);
  const auto last = end ? std::optional(std::get<0>(*end)) : std::nullopt;
  const auto counted = sql.one<Count>(after, last.value_or(std::numeric_limits<SqlNumber>::max()));
  return {counted ? std::get<0>(*counted) : 0, last};
}

}  // namespace

Status SqlCommands::count_some(Census& census, std::int64_t rows) const {
  TRY_ASSIGN(const auto stretch, context_.readers.read("count the queues", [&](SqlConnection& sql) {
    return Result(census.counting_parked
                      ? count_stretch<StretchOfParked, CountParked>(sql, census.after, rows)
                      : count_stretch<StretchOfQueue, CountQueue>(sql, census.after, rows));
  }));
  (census.counting_parked ? census.parked : census.waiting) += stretch.rows;
  if (stretch.last) {
    census.after = *stretch.last;
    return {};
  }
  census.complete = census.counting_parked;
  census.counting_parked = true;
  census.after = -1;
  return {};
}

}  // namespace bramley
