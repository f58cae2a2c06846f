#include <algorithm>
#include <unordered_set>

#include "server/store/delivery_state.h"
#include "server/store/memory_store.h"
#include "server/store/page_cursor.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

using CommandRow = MemoryDatabase::CommandRow;
using EnrollmentRow = MemoryDatabase::EnrollmentRow;

CommandSummary summary_of(const CommandRow& row) {
  CommandSummary summary{.uuid = row.command.uuid,
                         .request_type = row.command.request_type,
                         .created_at = row.created_at};
  for (const auto& [id, delivery] : row.deliveries) {
    ++summary.targets;
    ++counter_of(summary, delivery.state);
  }
  return summary;
}

// False: it waits in neither list.
bool take_out(EnrollmentRow& row, std::int64_t number) {
  const auto parked =
      std::erase_if(row.parked, [&](const auto& entry) { return entry.second == number; });
  row.held.erase(number);
  return row.queue.erase(number) + parked > 0;
}

bool matches(const CommandRow& row, const CommandFilter& filter) {
  return (filter.enrollment_id.empty() || std::any_of(row.deliveries.begin(), row.deliveries.end(),
                                                      [&](const auto& entry) {
                                                        return entry.second.enrollment_id ==
                                                               filter.enrollment_id;
                                                      })) &&
         (filter.request_type.empty() || row.command.request_type == filter.request_type) &&
         (!filter.since || row.created_at >= *filter.since);
}

std::int64_t seconds(Timestamp time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<std::vector<CommandQueue::Refusal>> MemoryCommands::enqueue(
    std::span<const std::string> enrollment_ids, const Command& command, Timestamp now) {
  if (enrollment_ids.empty()) {
    return no_targets();
  }
  const std::lock_guard lock(database_.mutex);
  if (database_.command_numbers.contains(command.uuid)) {
    return command_exists(command.uuid);
  }
  const auto number = database_.commands.empty() ? 1 : database_.commands.rbegin()->first + 1;
  CommandRow stored{.command = command, .created_at = now, .deliveries = {}};
  std::vector<Refusal> refusals;
  std::unordered_set<std::string_view> seen;
  for (const auto& id : enrollment_ids) {
    if (!seen.insert(id).second) {
      continue;
    }
    auto* const row = database_.find_row(id);
    if (row == nullptr) {
      refusals.push_back({id, no_enrollment(id)});
    } else if (row->enrollment.state == EnrollmentState::checked_out) {
      refusals.push_back({id, enrollment_checked_out(id)});
    } else {
      row->queue.insert(number);
      stored.deliveries.emplace(row->number, CommandDelivery{.enrollment_id = id,
                                                             .command_uuid = command.uuid,
                                                             .request_type = command.request_type,
                                                             .queued_at = now});
    }
  }
  if (!stored.deliveries.empty()) {
    database_.command_numbers.emplace(command.uuid, number);
    database_.commands.emplace(number, std::move(stored));
  }
  return refusals;
}

void MemoryCommands::settle(EnrollmentRow& row, const CommandReport& report, Timestamp now) {
  const auto number = database_.command_numbers.find(report.command_uuid);
  if (number == database_.command_numbers.end() || !take_out(row, number->second)) {
    return;
  }
  auto& delivery = database_.commands.at(number->second).deliveries.at(row.number);
  delivery.state = state_after(report.status);
  delivery.status_text = report.status_text;
  delivery.reported_at = now;
  delivery.report = report.raw;
  if (!report.is_final()) {
    const auto last = row.parked.empty() ? 0 : row.parked.rbegin()->first;
    row.parked.emplace(last + 1, number->second);
    row.held.insert(number->second);
  }
}

Result<std::optional<Command>> MemoryCommands::settle_and_next(const CommandReport& report,
                                                               Timestamp now) {
  std::optional<Command> next;
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(report.enrollment.value());
  if (row == nullptr) {
    return next;
  }
  const bool idle = report.status == ReportStatus::idle;
  if (!idle) {
    settle(*row, report, now);
  }
  if (row->enrollment.state == EnrollmentState::checked_out) {
    return next;
  }
  if (idle) {
    row->held.clear();
  }
  if (!row->queue.empty()) {
    next = database_.commands.at(*row->queue.begin()).command;
  } else if (report.status != ReportStatus::not_now) {
    const auto willing = std::ranges::find_if(
        row->parked, [&](const auto& entry) { return !row->held.contains(entry.second); });
    if (willing != row->parked.end()) {
      next = database_.commands.at(willing->second).command;
    }
  }
  return next;
}

Result<std::optional<CommandSummary>> MemoryCommands::find(std::string_view uuid) const {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  return number == database_.command_numbers.end()
             ? std::nullopt
             : std::optional(summary_of(database_.commands.at(number->second)));
}

Result<std::optional<Command>> MemoryCommands::command(std::string_view uuid) const {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  return number == database_.command_numbers.end()
             ? std::nullopt
             : std::optional(database_.commands.at(number->second).command);
}

Result<Page<CommandSummary>> MemoryCommands::list(const CommandFilter& filter,
                                                  const PageRequest& page) const {
  std::optional<PageCursor> after;
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const std::lock_guard lock(database_.mutex);
  using Key = std::pair<std::int64_t, std::int64_t>;
  std::vector<std::pair<Key, CommandSummary>> found;
  for (const auto& [number, row] : database_.commands) {
    const Key key{seconds(row.created_at), number};
    if (matches(row, filter) && (!after || key < Key{after->first, after->second})) {
      found.emplace_back(key, summary_of(row));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto limit = page_limit(page);
  Page<CommandSummary> result;
  if (found.size() > limit) {
    found.resize(limit);
    result.next = format_cursor({found.back().first.first, found.back().first.second});
  }
  for (auto& [key, summary] : found) {
    result.items.push_back(std::move(summary));
  }
  return result;
}

Result<Page<CommandDelivery>> MemoryCommands::results(std::string_view uuid,
                                                      const PageRequest& page) const {
  PageCursor after;
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  if (number == database_.command_numbers.end()) {
    return no_command(uuid);
  }
  const auto limit = page_limit(page);
  const auto& deliveries = database_.commands.at(number->second).deliveries;
  Page<CommandDelivery> result;
  for (auto row = deliveries.upper_bound(after.second); row != deliveries.end(); ++row) {
    if (result.items.size() == limit) {
      result.next = format_cursor({0, std::prev(row)->first});
      break;
    }
    result.items.push_back(row->second);
  }
  return result;
}

Result<Page<CommandDelivery>> MemoryCommands::queue(std::string_view enrollment_id,
                                                    const PageRequest& page) const {
  PageCursor after{-1, -1};
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(enrollment_id));
  if (row == nullptr) {
    return Page<CommandDelivery>{};
  }
  std::vector<std::pair<PageCursor, std::int64_t>> waiting;
  for (const auto number : row->queue) {
    waiting.push_back({{0, number}, number});
  }
  for (const auto& [place, number] : row->parked) {
    waiting.push_back({{1, place}, number});
  }
  const auto limit = page_limit(page);
  Page<CommandDelivery> result;
  for (const auto& [key, number] : waiting) {
    if (std::pair(key.first, key.second) <= std::pair(after.first, after.second)) {
      continue;
    }
    if (result.items.size() == limit) {
      result.next = format_cursor(after);
      break;
    }
    auto delivery = database_.commands.at(number).deliveries.at(row->number);
    delivery.report.clear();
    result.items.push_back(std::move(delivery));
    after = key;
  }
  return result;
}

Status MemoryCommands::count_some(Census& census, std::int64_t /*rows*/) const {
  const std::lock_guard lock(database_.mutex);
  census = Census{};
  for (const auto& [id, row] : database_.enrollments) {
    census.waiting += static_cast<std::int64_t>(row.queue.size());
    census.parked += static_cast<std::int64_t>(row.parked.size());
  }
  census.complete = true;
  return {};
}

Status MemoryCommands::clear(std::string_view enrollment_id, Timestamp /*now*/) {
  const std::lock_guard lock(database_.mutex);
  if (auto* const row = database_.find_row(std::string(enrollment_id))) {
    database_.clear_queue(*row);
  }
  return {};
}

}  // namespace bramley
