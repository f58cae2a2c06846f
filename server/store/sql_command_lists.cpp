// The reading half of SqlCommands.

#include <algorithm>
#include <limits>

#include "server/store/page_cursor.h"
#include "server/store/sql_commands.h"
#include "server/store/sql_sealed_commands.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

constexpr std::string_view summary_columns =
    "SELECT c.command_key, c.uuid, c.request_type, c.created_at, c.priority, c.expires_at, "
    "c.targets, c.pending, c.not_now, c.stuck, c.acknowledged, c.failed, c.cleared, c.expired, "
    "c.cancelled, c.created_by_id, c.created_by_name ";
using SummaryColumns =
    SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber, SqlNumber, std::optional<SqlNumber>, SqlNumber,
             SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
             std::optional<SqlText>, std::optional<SqlText>>;

struct FindCommand {
  using In = SqlTypes<SqlText>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns) + "FROM commands c WHERE c.uuid = :uuid";
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
      std::string(summary_columns).append("FROM commands c WHERE ").append(newest_first);
};
struct ListCommandsOfType {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns)
          .append("FROM commands c WHERE c.request_type = :type AND ")
          .append(newest_first);
};
// Along the enrollment's own index: queued_at is when the command was created.
struct ListCommandsOfEnrollment {
  using In =
      SqlTypes<SqlText, SqlNumber, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SummaryColumns;
  inline static const std::string sql =
      std::string(summary_columns)
          .append(
              "FROM deliveries d CROSS JOIN commands c ON c.command_key = d.command_key WHERE "
              "d.enrollment_key = (SELECT enrollment_key FROM enrollments WHERE id = :id) "
              "AND (:any_type = 1 OR c.request_type = :type) AND "
              "d.queued_at >= :since AND d.queued_at <= :newest AND "
              "(d.queued_at < :before OR d.command_key < :before_key) "
              "ORDER BY d.queued_at DESC, d.command_key DESC LIMIT :limit");
};

// Where the row stands in its list: for a cursor.
using DeliveryColumns = SqlTypes<SqlNumber, SqlNumber, SqlText, SqlText, SqlText, SqlNumber,
                                 std::optional<SqlText>, SqlNumber, std::optional<SqlNumber>,
                                 SqlNumber, std::optional<SqlNumber>, std::optional<SqlText>>;
// A report that is left out is not read either: its length is known without its pages.
constexpr std::string_view result_columns =
    "SELECT 0, d.enrollment_key, e.id, c.uuid, c.request_type, d.state, d.status_text, "
    "d.queued_at, d.reported_at, 0, LENGTH(r.sealed), "
    "CASE WHEN LENGTH(r.sealed) <= :largest THEN r.sealed END FROM deliveries d "
    "JOIN commands c ON c.command_key = d.command_key "
    "JOIN enrollments e ON e.enrollment_key = d.enrollment_key "
    "LEFT JOIN reports r ON r.report_key = d.report_key ";
struct ListResults {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  inline static const std::string sql =
      std::string(result_columns)
          .append(
              "WHERE d.command_key = :command AND d.enrollment_key > :after "
              "AND d.enrollment_key <= :until AND ((:states >> d.state) & 1) = 1 "
              "ORDER BY d.enrollment_key LIMIT :limit");
};
// Where the rows end that one page looks at.
struct EndOfLook {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM deliveries WHERE command_key = :command "
      "AND enrollment_key > :after ORDER BY enrollment_key LIMIT 1 OFFSET :rows";
};
// States as is_waiting says: keys are used again, and a row of the log may be of an older delivery.
struct ListSettled {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT 0, s.settled_key, e.id, c.uuid, c.request_type, d.state, d.status_text, "
      "d.queued_at, d.reported_at, 0, LENGTH(r.sealed), "
      "CASE WHEN LENGTH(r.sealed) <= :largest THEN r.sealed END FROM settled s "
      "CROSS JOIN deliveries d ON d.command_key = s.command_key "
      "AND d.enrollment_key = s.enrollment_key "
      "JOIN commands c ON c.command_key = d.command_key "
      "JOIN enrollments e ON e.enrollment_key = d.enrollment_key "
      "LEFT JOIN reports r ON r.report_key = d.report_key "
      "WHERE s.command_key = :command AND s.settled_key > :after "
      "AND d.state <> 0 AND d.state <> 1 AND d.state <> 9 ORDER BY s.settled_key LIMIT :limit";
};
struct FindResult {
  using In = SqlTypes<SqlNumber, SqlText, SqlText>;
  using Out = DeliveryColumns;
  inline static const std::string sql =
      std::string(result_columns)
          .append(
              "WHERE d.command_key = (SELECT command_key FROM commands WHERE uuid = :uuid) AND "
              "d.enrollment_key = (SELECT enrollment_key FROM enrollments WHERE id = :id)");
};
// Parked ones have a first number of their own, larger than any turn.
constexpr std::int64_t parked_turn = 1000;
static_assert(parked_turn > -lowest_priority);
struct ListQueued {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT q.turn, q.command_key, e.id, c.uuid, c.request_type, d.state, d.status_text, "
      "d.queued_at, d.reported_at, q.unanswered, NULL, NULL FROM enrollments e "
      "JOIN queued q ON q.enrollment_key = e.enrollment_key "
      "JOIN commands c ON c.command_key = q.command_key JOIN deliveries d "
      "ON d.command_key = q.command_key AND d.enrollment_key = q.enrollment_key "
      "WHERE e.id = :id AND q.turn >= :turn AND (q.turn > :same_turn OR q.command_key > :after) "
      "ORDER BY q.turn, q.command_key LIMIT :limit";
};
struct ListParked {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber, SqlNumber>;
  using Out = DeliveryColumns;
  static constexpr std::string_view sql =
      "SELECT :turn + 0, q.position, e.id, c.uuid, c.request_type, d.state, d.status_text, "
      "d.queued_at, d.reported_at, q.unanswered, NULL, NULL FROM enrollments e "
      "JOIN parked q ON q.enrollment_key = e.enrollment_key "
      "JOIN commands c ON c.command_key = q.command_key JOIN deliveries d "
      "ON d.command_key = q.command_key AND d.enrollment_key = q.enrollment_key "
      "WHERE e.id = :id AND q.position > :after ORDER BY q.position LIMIT :limit";
};
// The keys of a waiting command, for what is counted beside the database.
struct OfferOf {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT e.enrollment_key, c.command_key FROM enrollments e, commands c "
      "WHERE e.id = :id AND c.uuid = :uuid";
};

CommandSummary summary_of(SummaryColumns row) {
  auto& [key, uuid, type, created_at, priority, expires_at, targets, pending, not_now, stuck,
         acknowledged, failed, cleared, expired, cancelled, by_id, by_name] = row;
  return {.uuid = std::move(uuid),
          .request_type = std::move(type),
          .created_at = time_of(created_at),
          .created_by = {std::move(by_id).value_or(std::string()),
                         std::move(by_name).value_or(std::string())},
          .priority = priority,
          .expires_at = time_of(expires_at),
          .targets = targets,
          .pending = pending,
          .not_now = not_now,
          .stuck = stuck,
          .acknowledged = acknowledged,
          .failed = failed,
          .cleared = cleared,
          .expired = expired,
          .cancelled = cancelled};
}

// A row of a list with what its cursor and its seal need.
struct ListedDelivery {
  PageCursor cursor;
  CommandDelivery delivery;
  std::optional<std::string> sealed;
};

ListedDelivery delivery_of(DeliveryColumns row) {
  auto& [part, place, id, uuid, type, state, status, queued_at, reported_at, unanswered, size,
         sealed] = row;
  const auto overhead = static_cast<SqlNumber>(sealing_overhead);
  return {.cursor = {part, place},
          .delivery = {.enrollment_id = std::move(id),
                       .command_uuid = std::move(uuid),
                       .request_type = std::move(type),
                       .state = enum_of<CommandState>(state),
                       .status_text = std::move(status).value_or(std::string()),
                       .queued_at = time_of(queued_at),
                       .reported_at = time_of(reported_at),
                       .unanswered = unanswered,
                       .report_size = size.value_or(overhead) - overhead},
          .sealed = std::move(sealed)};
}

Status open_report(ListedDelivery& row, const Sealer& sealer) {
  if (!row.sealed) {
    return {};
  }
  auto& delivery = row.delivery;
  TRY_ASSIGN(const auto report,
             open_column(sealer, *row.sealed,
                         report_context(delivery.enrollment_id, delivery.command_uuid)));
  delivery.report = to_bytes(report.reveal());
  row.sealed.reset();
  return {};
}

Result<Page<CommandDelivery>> page_of(std::vector<ListedDelivery> rows, std::size_t limit,
                                      const Sealer& sealer) {
  auto cut = cut_page(std::move(rows), limit,
                      [](const ListedDelivery& last) { return format_cursor(last.cursor); });
  Page<CommandDelivery> page;
  page.next = std::move(cut.next);
  for (auto& row : cut.items) {
    TRY(open_report(row, sealer));
    page.items.push_back(std::move(row.delivery));
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

namespace {

// A list of commands as it is read: those with the status are kept, and where reading is.
struct CommandListing {
  std::vector<CommandSummary> kept;
  std::vector<PageCursor> cursors;  // of those
  PageCursor last = {};             // of the last that was looked at
  std::size_t looked_at = 0;

  void take(SummaryColumns row, const std::optional<CommandCount>& status) {
    last = {std::get<3>(row), std::get<0>(row)};
    ++looked_at;
    CommandSummary summary = summary_of(std::move(row));
    if (!status || count_of(summary, *status) > 0) {
      kept.push_back(std::move(summary));
      cursors.push_back(last);
    }
  }
};

void list_some(SqlConnection& sql, const CommandFilter& filter, const PageCursor& before,
               SqlNumber count, CommandListing& listing) {
  const SqlNumber since = filter.since ? seconds_of(*filter.since) : 0;
  const auto collect = [&](SummaryColumns row) { listing.take(std::move(row), filter.status); };
  if (!filter.enrollment_id.empty()) {
    sql.each<ListCommandsOfEnrollment>(collect, filter.enrollment_id,
                                       SqlNumber{filter.request_type.empty()}, filter.request_type,
                                       since, before.first, before.first, before.second, count);
  } else if (!filter.request_type.empty()) {
    sql.each<ListCommandsOfType>(collect, filter.request_type, since, before.first, before.first,
                                 before.second, count);
  } else {
    sql.each<ListCommands>(collect, since, before.first, before.first, before.second, count);
  }
}

}  // namespace

Result<Page<CommandSummary>> SqlCommands::list(const CommandFilter& filter,
                                               const PageRequest& page) const {
  constexpr auto end_of_time = std::numeric_limits<std::int64_t>::max();
  TRY_ASSIGN(const auto before, start_of(page, {end_of_time, end_of_time}));
  const auto limit = page_limit(page);
  const auto step = filter.status ? std::max<std::size_t>(limit + 1, 500) : limit + 1;
  CommandListing listing;
  listing.last = before;
  bool more = true;
  // With a status a step may keep none, and another one follows.
  while (more && listing.kept.size() <= limit && listing.looked_at < rows_looked_at) {
    TRY(context_.readers.read("list commands", [&](SqlConnection& sql) -> Status {
      const auto looked_before = listing.looked_at;
      list_some(sql, filter, PageCursor(listing.last), static_cast<SqlNumber>(step), listing);
      more = listing.looked_at - looked_before == step;
      return {};
    }));
  }
  Page<CommandSummary> result;
  if (listing.kept.size() > limit) {
    listing.kept.resize(limit);
    result.next = format_cursor(listing.cursors[limit - 1]);
  } else if (more) {
    result.next = format_cursor(listing.last);
  }
  result.items = std::move(listing.kept);
  return result;
}

namespace {

SqlNumber sealed_limit(std::int64_t largest_report) {
  constexpr auto overhead = static_cast<SqlNumber>(sealing_overhead);
  return std::min<SqlNumber>(largest_report, std::numeric_limits<SqlNumber>::max() - overhead) +
         overhead;
}

// A bit for each state that is wanted.
SqlNumber states_of(const std::optional<CommandCount>& status) {
  SqlNumber states = 0;
  for (auto state = number_of(CommandState::pending); state <= number_of(CommandState::stuck);
       ++state) {
    if (!status || counts(*status, enum_of<CommandState>(state))) {
      states |= SqlNumber{1} << state;
    }
  }
  return states;
}

}  // namespace

Result<Page<CommandDelivery>> SqlCommands::results(std::string_view uuid, const PageRequest& page,
                                                   std::int64_t largest_report,
                                                   std::optional<CommandCount> status) const {
  TRY_ASSIGN(const auto after, start_of(page, {0, 0}));
  const auto limit = page_limit(page);
  std::vector<ListedDelivery> rows;
  std::optional<SqlNumber> end;
  TRY(context_.readers.read("read results", [&](SqlConnection& sql) -> Status {
    const auto command = sql.one<FindCommand>(std::string(uuid));
    if (!command) {
      return no_command(uuid);
    }
    if (status) {
      const auto row = sql.one<EndOfLook>(std::get<0>(*command), after.second,
                                          static_cast<SqlNumber>(rows_looked_at - 1));
      end = row ? std::optional(std::get<0>(*row)) : std::nullopt;
    }
    sql.each<ListResults>([&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row))); },
                          sealed_limit(largest_report), std::get<0>(*command), after.second,
                          end.value_or(std::numeric_limits<SqlNumber>::max()), states_of(status),
                          static_cast<SqlNumber>(limit + 1));
    return {};
  }));
  TRY_ASSIGN(auto found, page_of(std::move(rows), limit, context_.sealer));
  if (found.next.empty() && end) {
    found.next = format_cursor({0, *end});
  }
  return found;
}

Result<std::vector<SettledDelivery>> SqlCommands::settled(std::string_view uuid, std::int64_t after,
                                                          std::size_t limit,
                                                          std::int64_t largest_report) const {
  std::vector<ListedDelivery> rows;
  TRY(context_.readers.read("read what was settled", [&](SqlConnection& sql) -> Status {
    const auto command = sql.one<FindCommand>(std::string(uuid));
    if (!command) {
      return no_command(uuid);
    }
    sql.each<ListSettled>([&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row))); },
                          sealed_limit(largest_report), std::get<0>(*command), after,
                          static_cast<SqlNumber>(limit));
    return {};
  }));
  std::vector<SettledDelivery> found;
  for (auto& row : rows) {
    TRY(open_report(row, context_.sealer));
    found.push_back({row.cursor.second, std::move(row.delivery)});
  }
  return found;
}

Result<std::optional<CommandDelivery>> SqlCommands::result(std::string_view uuid,
                                                           std::string_view enrollment_id) const {
  TRY_ASSIGN(auto row, context_.readers.read("read result", [&](SqlConnection& sql) {
    return Result(sql.one<FindResult>(std::numeric_limits<SqlNumber>::max(), std::string(uuid),
                                      std::string(enrollment_id)));
  }));
  if (!row) {
    return std::optional<CommandDelivery>();
  }
  auto found = delivery_of(*std::move(row));
  TRY(open_report(found, context_.sealer));
  return std::optional(std::move(found.delivery));
}

Result<Page<CommandDelivery>> SqlCommands::queue(std::string_view enrollment_id,
                                                 const PageRequest& page) const {
  TRY_ASSIGN(const auto after, start_of(page, {-parked_turn, 0}));
  const auto limit = page_limit(page);
  const std::string id(enrollment_id);
  std::vector<ListedDelivery> rows;
  TRY(context_.readers.read("read queue", [&](SqlConnection& sql) -> Status {
    const auto collect = [&](DeliveryColumns row) { rows.push_back(delivery_of(std::move(row))); };
    if (after.first < parked_turn) {
      sql.each<ListQueued>(collect, id, after.first, after.first, after.second,
                           static_cast<SqlNumber>(limit + 1));
    }
    if (rows.size() <= limit) {
      sql.each<ListParked>(collect, parked_turn, id, after.first < parked_turn ? 0 : after.second,
                           static_cast<SqlNumber>(limit + 1 - rows.size()));
    }
    for (auto& [cursor, delivery, sealed] : rows) {
      if (const auto keys = sql.one<OfferOf>(id, delivery.command_uuid)) {
        delivery.unanswered += context_.offers.count({std::get<0>(*keys), std::get<1>(*keys)});
      }
    }
    return {};
  }));
  return page_of(std::move(rows), limit, context_.sealer);
}

}  // namespace bramley
