// The reading half of SqlCommands.

#include <limits>

#include "server/store/page_cursor.h"
#include "server/store/sql_commands.h"
#include "server/store/sql_sealed_commands.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

constexpr std::string_view summary_columns =
    "SELECT c.command_key, c.uuid, c.request_type, c.created_at, c.targets, c.pending, "
    "c.acknowledged, c.failed, c.cleared FROM commands c ";
using SummaryColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber,
                                SqlNumber, SqlNumber, SqlNumber>;

struct FindCommand {
  using In = SqlTypes<SqlText>;
  using Out = SummaryColumns;
  inline static const std::string sql = std::string(summary_columns) + "WHERE c.uuid = :uuid";
};
struct FindBody {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT c.uuid, c.request_type, b.sealed FROM commands c "
      "JOIN command_bodies b ON b.command_key = c.command_key WHERE c.uuid = :uuid";
};

// Newest first, from the cursor on.
constexpr std::string_view newest_first =
    "c.created_at >= :since AND c.created_at <= :newest AND (c.created_at < :before OR "
    "c.command_key < :before_key) ORDER BY c.created_at DESC, c.command_key DESC LIMIT :limit";
struct ListCommands {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns).append("WHERE ").append(newest_first);
};
struct ListCommandsOfType {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns).append("WHERE c.request_type = :type AND ").append(newest_first);
};
// One enrollment has few of all the commands: "+ 0" keeps the planner from walking them all by
// time.
struct ListCommandsOfEnrollment {
  using In =
      SqlTypes<SqlText, SqlNumber, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns)
          .append(
              "WHERE c.command_key IN (SELECT d.command_key FROM deliveries d WHERE "
              "d.enrollment_key = (SELECT enrollment_key FROM enrollments WHERE id = :id)) "
              "AND (:any_type = 1 OR c.request_type = :type) AND "
              "c.created_at + 0 >= :since AND c.created_at + 0 <= :newest AND "
              "(c.created_at + 0 < :before OR c.command_key + 0 < :before_key) "
              "ORDER BY c.created_at + 0 DESC, c.command_key + 0 DESC LIMIT :limit");
};

using DeliveryColumns =
    SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlNumber, std::optional<SqlText>, SqlNumber,
             std::optional<SqlNumber>, std::optional<SqlText>>;
struct ListResults {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT d.enrollment_key, e.id, c.uuid, c.request_type, d.state, d.status_text, d.queued_at, "
      "d.reported_at, r.sealed FROM deliveries d "
      "JOIN commands c ON c.command_key = d.command_key "
      "JOIN enrollments e ON e.enrollment_key = d.enrollment_key "
      "LEFT JOIN reports r ON r.report_key = d.report_key "
      "WHERE d.command_key = :command AND d.enrollment_key > :after "
      "ORDER BY d.enrollment_key LIMIT :limit";
};
// The last column is only there to make the row like those above.
struct ListQueued {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT q.command_key, e.id, c.uuid, c.request_type, d.state, d.status_text, d.queued_at, "
      "d.reported_at, NULL FROM enrollments e JOIN queue q ON q.enrollment_key = e.enrollment_key "
      "JOIN commands c ON c.command_key = q.command_key JOIN deliveries d "
      "ON d.command_key = q.command_key AND d.enrollment_key = q.enrollment_key "
      "WHERE e.id = :id AND q.command_key > :after ORDER BY q.command_key LIMIT :limit";
};
struct ListParked {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT q.position, e.id, c.uuid, c.request_type, d.state, d.status_text, d.queued_at, "
      "d.reported_at, NULL FROM enrollments e JOIN parked q ON q.enrollment_key = e.enrollment_key "
      "JOIN commands c ON c.command_key = q.command_key JOIN deliveries d "
      "ON d.command_key = q.command_key AND d.enrollment_key = q.enrollment_key "
      "WHERE e.id = :id AND q.position > :after ORDER BY q.position LIMIT :limit";
};

CommandSummary summary_of(SummaryColumns row) {
  auto& [key, uuid, type, created_at, targets, pending, acknowledged, failed, cleared] = row;
  return {.uuid = std::move(uuid),
          .request_type = std::move(type),
          .created_at = time_of(created_at),
          .targets = targets,
          .pending = pending,
          .acknowledged = acknowledged,
          .failed = failed,
          .cleared = cleared};
}

// A row of a list with what its cursor and its seal need.
struct ListedDelivery {
  PageCursor cursor;
  CommandDelivery delivery;
  std::optional<std::string> sealed;
};

ListedDelivery delivery_of(DeliveryColumns row, std::int64_t part) {
  auto& [place, id, uuid, type, state, status, queued_at, reported_at, sealed] = row;
  return {.cursor = {part, place},
          .delivery = {.enrollment_id = std::move(id),
                       .command_uuid = std::move(uuid),
                       .request_type = std::move(type),
                       .state = enum_of<CommandState>(state),
                       .status_text = std::move(status).value_or(std::string()),
                       .queued_at = time_of(queued_at),
                       .reported_at = time_of(reported_at)},
          .sealed = std::move(sealed)};
}

Result<Page<CommandDelivery>> page_of(std::vector<ListedDelivery> rows, std::size_t limit,
                                      const Sealer& sealer) {
  auto cut = cut_page(std::move(rows), limit,
                      [](const ListedDelivery& last) { return format_cursor(last.cursor); });
  Page<CommandDelivery> page;
  page.next = std::move(cut.next);
  for (auto& row : cut.items) {
    auto& delivery = row.delivery;
    if (row.sealed) {
      TRY_ASSIGN(const auto report,
                 open_column(sealer, *row.sealed,
                             report_context(delivery.enrollment_id, delivery.command_uuid)));
      delivery.report = to_bytes(report.reveal());
    }
    page.items.push_back(std::move(delivery));
  }
  return page;
}

Result<PageCursor> start_of(const PageRequest& page, const PageCursor& beginning) {
  return page.after.empty() ? Result(beginning) : parse_cursor(page.after);
}

}  // namespace

Result<std::optional<CommandSummary>> SqlCommands::find(std::string_view uuid) const {
  return context_.readers.read("find command", [&](SqlConnection& sql) {
    std::optional<CommandSummary> summary;
    if (auto row = sql.one<FindCommand>(std::string(uuid))) {
      summary = summary_of(*std::move(row));
    }
    return Result(std::move(summary));
  });
}

Result<std::optional<Command>> SqlCommands::command(std::string_view uuid) const {
  TRY_ASSIGN(auto row, context_.readers.read("read command", [&](SqlConnection& sql) {
    return Result(sql.one<FindBody>(std::string(uuid)));
  }));
  std::optional<SealedCommand> sealed;
  if (row) {
    sealed = SealedCommand{std::get<0>(*row), std::get<1>(*row), std::move(std::get<2>(*row))};
  }
  return open_command(context_.sealer, std::move(sealed));
}

Result<Page<CommandSummary>> SqlCommands::list(const CommandFilter& filter,
                                               const PageRequest& page) const {
  constexpr auto end_of_time = std::numeric_limits<std::int64_t>::max();
  TRY_ASSIGN(const auto before, start_of(page, {end_of_time, end_of_time}));
  const SqlNumber since = filter.since ? seconds_of(*filter.since) : 0;
  const auto limit = page_limit(page);
  using Listed = std::pair<PageCursor, CommandSummary>;
  std::vector<Listed> rows;
  const auto collect = [&](SummaryColumns row) {
    const PageCursor cursor{std::get<3>(row), std::get<0>(row)};
    rows.emplace_back(cursor, summary_of(std::move(row)));
  };
  TRY(context_.readers.read("list commands", [&](SqlConnection& sql) -> Status {
    const auto count = static_cast<SqlNumber>(limit + 1);
    if (!filter.enrollment_id.empty()) {
      sql.each<ListCommandsOfEnrollment>(
          collect, filter.enrollment_id, SqlNumber{filter.request_type.empty()},
          filter.request_type, since, before.first, before.first, before.second, count);
    } else if (!filter.request_type.empty()) {
      sql.each<ListCommandsOfType>(collect, filter.request_type, since, before.first, before.first,
                                   before.second, count);
    } else {
      sql.each<ListCommands>(collect, since, before.first, before.first, before.second, count);
    }
    return {};
  }));
  auto cut = cut_page(std::move(rows), limit,
                      [](const Listed& last) { return format_cursor(last.first); });
  Page<CommandSummary> result;
  result.next = std::move(cut.next);
  for (auto& [cursor, summary] : cut.items) {
    result.items.push_back(std::move(summary));
  }
  return result;
}

Result<Page<CommandDelivery>> SqlCommands::results(std::string_view uuid,
                                                   const PageRequest& page) const {
  TRY_ASSIGN(const auto after, start_of(page, {0, 0}));
  const auto limit = page_limit(page);
  std::vector<ListedDelivery> rows;
  TRY(context_.readers.read("read results", [&](SqlConnection& sql) -> Status {
    const auto command = sql.one<FindCommand>(std::string(uuid));
    if (!command) {
      return no_command(uuid);
    }
    sql.each<ListResults>(
        [&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row), 0)); },
        std::get<0>(*command), after.second, static_cast<SqlNumber>(limit + 1));
    return {};
  }));
  return page_of(std::move(rows), limit, context_.sealer);
}

Result<Page<CommandDelivery>> SqlCommands::queue(std::string_view enrollment_id,
                                                 const PageRequest& page) const {
  TRY_ASSIGN(const auto after, start_of(page, {0, 0}));
  const auto limit = page_limit(page);
  std::vector<ListedDelivery> rows;
  TRY(context_.readers.read("read queue", [&](SqlConnection& sql) -> Status {
    const std::string id(enrollment_id);
    if (after.first == 0) {
      sql.each<ListQueued>(
          [&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row), 0)); }, id,
          after.second, static_cast<SqlNumber>(limit + 1));
    }
    if (rows.size() <= limit) {
      sql.each<ListParked>(
          [&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row), 1)); }, id,
          after.first == 0 ? 0 : after.second, static_cast<SqlNumber>(limit + 1 - rows.size()));
    }
    return {};
  }));
  return page_of(std::move(rows), limit, context_.sealer);
}

}  // namespace bramley
