#include <algorithm>
#include <unordered_set>

#include "server/store/delivery_state.h"
#include "server/store/inventory_steps.h"
#include "server/store/memory_store.h"
#include "server/store/page_cursor.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

using CommandRow = MemoryDatabase::CommandRow;
using EnrollmentRow = MemoryDatabase::EnrollmentRow;

bool matches(const CommandRow& row, const CommandFilter& filter) {
  return (filter.enrollment_id.empty() || std::any_of(row.deliveries.begin(), row.deliveries.end(),
                                                      [&](const auto& entry) {
                                                        return entry.second.enrollment_id ==
                                                               filter.enrollment_id;
                                                      })) &&
         (filter.request_type.empty() || row.command.request_type == filter.request_type) &&
         (!filter.since || row.summary.created_at >= *filter.since) &&
         (!filter.status || count_of(row.summary, *filter.status) > 0);
}

CommandDelivery without_large_report(CommandDelivery delivery, std::int64_t largest_report) {
  if (delivery.report_size > largest_report) {
    delivery.report.clear();
  }
  return delivery;
}

std::int64_t seconds(Timestamp time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<std::vector<CommandQueue::Refusal>> MemoryCommands::enqueue(
    std::span<const std::string> enrollment_ids, const Command& command, Timestamp now,
    const CommandTerms& terms) {
  if (enrollment_ids.empty()) {
    return no_targets();
  }
  const std::lock_guard lock(database_.mutex);
  if (database_.command_numbers.contains(command.uuid)) {
    return command_exists(command.uuid);
  }
  std::vector<Refusal> refusals;
  std::vector<EnrollmentRow*> rows;
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
      rows.push_back(row);
    }
  }
  if (!rows.empty()) {
    database_.queue_command(command, now, terms, rows);
  }
  return refusals;
}

void MemoryCommands::settle(EnrollmentRow& row, const CommandReport& report, Timestamp now) {
  const auto found = database_.command_numbers.find(report.command_uuid);
  if (found == database_.command_numbers.end()) {
    return;
  }
  const auto number = found->second;
  auto& deliveries = database_.commands.at(number).deliveries;
  const auto delivery = deliveries.find(row.number);
  if (delivery == deliveries.end()) {
    return;
  }
  const bool waited = database_.take_out(row, number);
  const bool late = may_be_answered_late(delivery->second.state) && report.is_final();
  if (!waited && !late) {
    return;
  }
  database_.set_state(row, number, state_after(report.status));
  delivery->second.status_text = report.status_text;
  delivery->second.reported_at = now;
  delivery->second.report = report.raw;
  delivery->second.report_size = static_cast<std::int64_t>(report.raw.size());
  if (!report.is_final()) {
    const auto stuck = row.parked.lower_bound(first_stuck_position);
    const auto last = stuck == row.parked.begin() ? 0 : std::prev(stuck)->first;
    row.parked.emplace(last + 1, number);
    row.held.insert(number);
  } else if (waited && !is_inventory_command(report.command_uuid)) {
    database_.log_settled(row, number, now);
  }
  row.facts.learn(learnt_at(report.facts, now));
}

void MemoryCommands::make_stuck(EnrollmentRow& row, std::int64_t number) {
  const auto unanswered = row.unanswered[number];
  database_.take_out(row, number);
  const auto last = row.parked.empty() ? 0 : row.parked.rbegin()->first;
  row.parked.emplace(std::max(last + 1, first_stuck_position), number);
  row.unanswered[number] = unanswered;
  database_.set_state(row, number, CommandState::stuck);
}

std::optional<std::int64_t> MemoryCommands::next(EnrollmentRow& row, bool with_parked,
                                                 Timestamp now) {
  while (true) {
    auto parked = row.parked.end();
    if (row.queue.empty()) {
      parked = std::ranges::find_if(
          row.parked, [&](const auto& entry) { return !row.held.contains(entry.second); });
      if (!with_parked || parked == row.parked.end()) {
        return std::nullopt;
      }
    }
    const auto number = row.queue.empty() ? parked->second : row.queue.begin()->second;
    const auto& expires_at = database_.commands.at(number).summary.expires_at;
    if (expires_at && *expires_at <= now) {
      database_.settle_unanswered(row, number, CommandState::expired, now);
    } else if (row.queue.empty() && parked->first >= first_stuck_position) {
      // Stuck ones take turns.
      const auto last = row.parked.rbegin()->first;
      row.parked.erase(parked);
      row.parked.emplace(last + 1, number);
      return number;
    } else if (row.unanswered[number] >= deliveries_until_stuck) {
      make_stuck(row, number);
    } else {
      return number;
    }
  }
}

// Nothing is on offer: all is settled, or put off by the device.
void MemoryCommands::push_later_or_never(EnrollmentRow& row, Timestamp now) {
  if (row.parked.empty()) {
    database_.pushes.erase(row.number);
    return;
  }
  auto& push = database_.pushes[row.number];
  push.due_at = push_after_not_now(row.number, now);
  push.ticket = 0;
}

Result<std::optional<Command>> MemoryCommands::settle_and_next(const CommandReport& report,
                                                               Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(report.enrollment.value());
  if (row == nullptr) {
    return std::optional<Command>();
  }
  const bool idle = report.status == ReportStatus::idle;
  if (!idle) {
    settle(*row, report, now);
  }
  if (row->enrollment.state == EnrollmentState::checked_out) {
    return std::optional<Command>();
  }
  if (idle) {
    row->held.clear();
  }
  const auto number = next(*row, report.status != ReportStatus::not_now, now);
  if (!number) {
    if (!idle) {
      push_later_or_never(*row, now);
    }
    return std::optional<Command>();
  }
  ++row->unanswered[*number];
  return std::optional(database_.commands.at(*number).command);
}

Result<std::optional<CommandSummary>> MemoryCommands::find(std::string_view uuid) const {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  return number == database_.command_numbers.end()
             ? std::nullopt
             : std::optional(database_.commands.at(number->second).summary);
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
    const Key key{seconds(row.summary.created_at), number};
    if (matches(row, filter) && (!after || key < Key{after->first, after->second})) {
      found.emplace_back(key, row.summary);
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
                                                      const PageRequest& page,
                                                      std::int64_t largest_report,
                                                      std::optional<CommandCount> status) const {
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
  std::int64_t last = 0;
  for (auto row = deliveries.upper_bound(after.second); row != deliveries.end(); ++row) {
    if (status && !counts(*status, row->second.state)) {
      continue;
    }
    if (result.items.size() == limit) {
      result.next = format_cursor({0, last});
      break;
    }
    last = row->first;
    result.items.push_back(without_large_report(row->second, largest_report));
  }
  return result;
}

Result<std::vector<SettledDelivery>> MemoryCommands::settled(std::string_view uuid,
                                                             std::int64_t after, std::size_t limit,
                                                             std::int64_t largest_report) const {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  if (number == database_.command_numbers.end()) {
    return no_command(uuid);
  }
  const auto& deliveries = database_.commands.at(number->second).deliveries;
  std::vector<SettledDelivery> found;
  for (auto row = database_.settled.upper_bound(after);
       row != database_.settled.end() && found.size() < limit; ++row) {
    const auto delivery = deliveries.find(row->second.enrollment);
    if (row->second.command == number->second && delivery != deliveries.end()) {
      found.push_back({row->first, without_large_report(delivery->second, largest_report)});
    }
  }
  return found;
}

Result<std::optional<CommandDelivery>> MemoryCommands::result(
    std::string_view uuid, std::string_view enrollment_id) const {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  const auto* const row = std::as_const(database_).find_row(std::string(enrollment_id));
  if (row == nullptr || number == database_.command_numbers.end()) {
    return std::optional<CommandDelivery>();
  }
  const auto& deliveries = database_.commands.at(number->second).deliveries;
  const auto found = deliveries.find(row->number);
  return found == deliveries.end() ? std::nullopt : std::optional(found->second);
}

Result<Page<CommandDelivery>> MemoryCommands::queue(std::string_view enrollment_id,
                                                    const PageRequest& page) const {
  constexpr std::int64_t parked_turn = 1000;
  PageCursor after{-parked_turn, 0};
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(enrollment_id));
  if (row == nullptr) {
    return Page<CommandDelivery>{};
  }
  std::vector<std::pair<PageCursor, std::int64_t>> waiting;
  waiting.reserve(row->queue.size() + row->parked.size());
  for (const auto& [turn, number] : row->queue) {
    waiting.push_back({{turn, number}, number});
  }
  for (const auto& [place, number] : row->parked) {
    waiting.push_back({{parked_turn, place}, number});
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
    delivery.report_size = 0;
    const auto unanswered = row->unanswered.find(number);
    delivery.unanswered = unanswered == row->unanswered.end() ? 0 : unanswered->second;
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

Result<std::int64_t> MemoryCommands::clear(std::string_view enrollment_id, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(std::string(enrollment_id));
  return row == nullptr ? 0 : database_.clear_queue(*row, CommandState::cancelled, now);
}

Result<std::int64_t> MemoryCommands::cancel(std::string_view uuid, std::string_view enrollment_id,
                                            Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  const auto number = database_.command_numbers.find(uuid);
  if (number == database_.command_numbers.end()) {
    return no_command(uuid);
  }
  std::int64_t cancelled = 0;
  for (const auto& [key, delivery] : database_.commands.at(number->second).deliveries) {
    const auto& id = delivery.enrollment_id;
    if ((enrollment_id.empty() || id == enrollment_id) &&
        database_.settle_unanswered(*database_.find_row(id), number->second,
                                    CommandState::cancelled, now)) {
      ++cancelled;
    }
  }
  return cancelled;
}

Result<std::int64_t> MemoryCommands::expire(Timestamp now, std::int64_t limit) {
  const std::lock_guard lock(database_.mutex);
  std::set<std::pair<Timestamp, std::int64_t>> due;
  for (const auto& [number, command] : database_.commands) {
    const auto& expires_at = command.summary.expires_at;
    if (expires_at && *expires_at <= now) {
      due.emplace(*expires_at, number);
    }
  }
  std::int64_t expired = 0;
  for (const auto& [expires_at, number] : due) {
    for (const auto& [key, delivery] : database_.commands.at(number).deliveries) {
      if (expired < limit &&
          database_.settle_unanswered(*database_.find_row(delivery.enrollment_id), number,
                                      CommandState::expired, now)) {
        ++expired;
      }
    }
  }
  return expired;
}

Result<std::int64_t> MemoryCommands::forget(const HistoryLimits& limits, Timestamp now,
                                            std::int64_t limit) {
  const std::lock_guard lock(database_.mutex);
  auto& settled = database_.settled;
  const auto newest = settled.empty() ? 0 : settled.rbegin()->first;
  std::int64_t forgotten = 0;
  while (!settled.empty() && forgotten < limit) {
    const auto [key, row] = *settled.begin();
    if (!(limits.age && row.settled_at < now - *limits.age) &&
        !(limits.results && key <= newest - *limits.results)) {
      break;
    }
    settled.erase(settled.begin());
    ++forgotten;
    const auto command = database_.commands.find(row.command);
    // A removed enrollment is in the log still, and its answers are gone.
    if (command != database_.commands.end() &&
        command->second.deliveries.erase(row.enrollment) > 0 &&
        command->second.deliveries.empty()) {
      database_.command_numbers.erase(command->second.command.uuid);
      database_.commands.erase(command);
    }
  }
  return forgotten;
}

}  // namespace bramley
