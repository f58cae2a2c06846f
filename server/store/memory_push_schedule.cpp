#include <algorithm>

#include "server/store/memory_store.h"
#include "server/store/push_refusals.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

using EnrollmentRow = MemoryDatabase::EnrollmentRow;

std::optional<Error> refusal_of(const EnrollmentRow& row) {
  const Enrollment& enrollment = row.enrollment;
  return push_refusal(enrollment.id.value(), enrollment.state, enrollment.push_state,
                      !enrollment.push_token.empty());
}

DuePush address_of(const EnrollmentRow& row) {
  const Enrollment& enrollment = row.enrollment;
  DuePush push;
  push.enrollment = row.number;
  push.enrollment_id = enrollment.id.value();
  push.topic = enrollment.topic;
  push.push_magic = enrollment.push_magic;
  push.token = enrollment.push_token;
  return push;
}

EnrollmentRow* row_numbered(MemoryDatabase& database, std::int64_t number) {
  for (auto& [id, row] : database.enrollments) {
    if (row.number == number) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

void MemoryDatabase::order_push(const EnrollmentRow& row, const PushOrder& push, Timestamp now) {
  if (push.by == PushOrder::By::nobody) {
    return;
  }
  const auto [found, is_new] = pushes.try_emplace(row.number, PushRow{now});
  PushRow& kept = found->second;
  kept.sends = kept.failures = 0;
  if (push.by == PushOrder::By::caller) {
    kept.ticket = push.ticket;
    kept.due_at = now + PushSchedule::time_of_caller;
    kept.pushed_at = now;
    return;
  }
  kept.ticket = 0;
  if (!is_new && kept.due_at > now) {
    kept.due_at = std::max(now, kept.pushed_at + PushSchedule::coalescing);
  }
}

Result<std::vector<DuePush>> MemoryPushSchedule::claim(Timestamp now, std::size_t limit,
                                                       Timestamp lease_end, std::int64_t ticket) {
  const std::lock_guard lock(database_.mutex);
  std::vector<std::pair<Timestamp, std::int64_t>> due;
  for (const auto& [number, push] : database_.pushes) {
    if (push.due_at <= now) {
      due.emplace_back(push.due_at, number);
    }
  }
  std::sort(due.begin(), due.end());
  due.resize(std::min(due.size(), limit));
  std::vector<DuePush> claimed;
  for (const auto& [time, number] : due) {
    const EnrollmentRow* const row = row_numbered(database_, number);
    if ((row->queue.empty() && row->parked.empty()) || refusal_of(*row)) {
      database_.pushes.erase(number);
      continue;
    }
    MemoryDatabase::PushRow& push = database_.pushes.at(number);
    claimed.push_back(address_of(*row));
    claimed.back().due_at = push.due_at;
    claimed.back().sends = push.sends;
    claimed.back().failures = push.failures;
    push.ticket = ticket;
    push.due_at = lease_end;
    push.pushed_at = now;
  }
  return claimed;
}

Status MemoryPushSchedule::settle(std::span<const PushSettlement> settlements, Timestamp /*now*/) {
  const std::lock_guard lock(database_.mutex);
  for (const PushSettlement& settlement : settlements) {
    EnrollmentRow* const row = row_numbered(database_, settlement.enrollment);
    if (row == nullptr) {
      continue;
    }
    const auto& gone = settlement.unregistered;
    if (gone && !refusal_of(*row) && row->enrollment.push_token == gone->token &&
        (!row->token_at || *row->token_at < gone->unregistered_at)) {
      row->enrollment.push_state = PushState::unregistered;
      database_.pushes.erase(row->number);
      continue;
    }
    const auto push = database_.pushes.find(settlement.enrollment);
    if (settlement.ticket != 0 && push != database_.pushes.end() &&
        push->second.ticket == settlement.ticket) {
      push->second = {settlement.due_at, 0, push->second.pushed_at, settlement.sends,
                      settlement.failures};
    }
  }
  return {};
}

Result<std::optional<Timestamp>> MemoryPushSchedule::next_due() const {
  const std::lock_guard lock(database_.mutex);
  std::optional<Timestamp> next;
  for (const auto& [number, push] : database_.pushes) {
    next = next ? std::min(*next, push.due_at) : push.due_at;
  }
  return next;
}

Result<std::vector<Result<DuePush>>> MemoryPushSchedule::addresses(
    std::span<const std::string> enrollment_ids) const {
  const std::lock_guard lock(database_.mutex);
  std::vector<Result<DuePush>> found;
  for (const std::string& id : enrollment_ids) {
    const auto* const row = std::as_const(database_).find_row(id);
    if (row == nullptr) {
      found.emplace_back(no_enrollment(id));
    } else if (auto refused = refusal_of(*row)) {
      found.emplace_back(*std::move(refused));
    } else {
      found.emplace_back(address_of(*row));
    }
  }
  return found;
}

}  // namespace bramley
