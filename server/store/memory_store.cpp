#include "server/store/memory_store.h"

#include <algorithm>

#include "server/store/delivery_state.h"
#include "server/store/memory_events.h"
#include "server/store/memory_inventory.h"
#include "server/store/memory_renewals.h"
#include "server/store/memory_tokens.h"

namespace bramley {

MemoryDatabase::EnrollmentRow* MemoryDatabase::find_row(const std::string& id) {
  const auto found = enrollments.find(id);
  return found == enrollments.end() ? nullptr : &found->second;
}

const MemoryDatabase::EnrollmentRow* MemoryDatabase::find_row(const std::string& id) const {
  const auto found = enrollments.find(id);
  return found == enrollments.end() ? nullptr : &found->second;
}

std::vector<MemoryDatabase::EnrollmentRow*> MemoryDatabase::family(const std::string& device_id) {
  std::vector<EnrollmentRow*> rows;
  for (auto& [id, row] : enrollments) {
    if (row.enrollment.id.device_value() == device_id) {
      rows.push_back(&row);
    }
  }
  return rows;
}

MemoryDatabase::EnrollmentRow& MemoryDatabase::row_of(const EnrollmentId& id) {
  const auto [row, is_new] =
      enrollments.try_emplace(id.value(), EnrollmentRow{Enrollment{id}, last_enrollment + 1});
  last_enrollment += is_new ? 1 : 0;
  return row->second;
}

bool MemoryDatabase::has_binding(const std::string& device_id) const {
  return std::ranges::any_of(bindings,
                             [&](const auto& binding) { return binding.second == device_id; });
}

bool MemoryDatabase::take_out(EnrollmentRow& row, std::int64_t command) {
  const auto queued =
      std::erase_if(row.queue, [&](const auto& entry) { return entry.second == command; });
  const auto parked =
      std::erase_if(row.parked, [&](const auto& entry) { return entry.second == command; });
  row.held.erase(command);
  row.unanswered.erase(command);
  return queued + parked > 0;
}

void MemoryDatabase::set_state(const EnrollmentRow& row, std::int64_t command, CommandState state) {
  auto& [sent, summary, deliveries] = commands.at(command);
  auto& current = deliveries.at(row.number).state;
  --counter_of(summary, current);
  ++counter_of(summary, state);
  count_apart(summary, current, -1);
  count_apart(summary, state, 1);
  current = state;
}

void MemoryDatabase::log_settled(const EnrollmentRow& row, std::int64_t command, Timestamp now) {
  const auto last = settled.empty() ? 0 : settled.rbegin()->first;
  settled.emplace(last + 1, SettledRow{now, command, row.number});
}

bool MemoryDatabase::settle_unanswered(EnrollmentRow& row, std::int64_t command, CommandState state,
                                       Timestamp now) {
  if (!take_out(row, command)) {
    return false;
  }
  set_state(row, command, state);
  log_settled(row, command, now);
  return true;
}

void MemoryDatabase::forget_deliveries(std::int64_t enrollment) {
  for (auto command = commands.begin(); command != commands.end();) {
    auto& deliveries = command->second.deliveries;
    const bool was_last = deliveries.erase(enrollment) > 0 && deliveries.empty();
    if (was_last) {
      command_numbers.erase(command->second.command.uuid);
    }
    command = was_last ? commands.erase(command) : std::next(command);
  }
}

void MemoryDatabase::queue_command(const Command& command, Timestamp now, const CommandTerms& terms,
                                   const std::vector<EnrollmentRow*>& rows) {
  const auto number = commands.empty() ? 1 : commands.rbegin()->first + 1;
  CommandRow stored{.command = command,
                    .summary = {.uuid = command.uuid,
                                .request_type = command.request_type,
                                .created_at = now,
                                .created_by = terms.created_by,
                                .priority = terms.priority,
                                .expires_at = terms.expires_at},
                    .deliveries = {}};
  for (EnrollmentRow* const row : rows) {
    row->queue.emplace(-terms.priority, number);
    order_push(*row, terms.push, now);
    stored.deliveries.emplace(row->number,
                              CommandDelivery{.enrollment_id = row->enrollment.id.value(),
                                              .command_uuid = command.uuid,
                                              .request_type = command.request_type,
                                              .queued_at = now});
  }
  stored.summary.targets = static_cast<std::int64_t>(stored.deliveries.size());
  stored.summary.pending = stored.summary.targets;
  command_numbers.emplace(command.uuid, number);
  commands.emplace(number, std::move(stored));
}

std::int64_t MemoryDatabase::clear_queue(EnrollmentRow& row, CommandState state, Timestamp now) {
  std::set<std::int64_t> waiting;
  for (const auto& [turn, command] : row.queue) {
    waiting.insert(command);
  }
  for (const auto& [place, command] : row.parked) {
    waiting.insert(command);
  }
  for (const auto command : waiting) {
    settle_unanswered(row, command, state, now);
  }
  return static_cast<std::int64_t>(waiting.size());
}

namespace {

class MemoryStore : public Store {
 public:
  EnrollmentStore& enrollments() override { return enrollments_; }
  CommandQueue& commands() override { return commands_; }
  CertificateStore& certificates() override { return certificates_; }
  PushSchedule& push_schedule() override { return push_schedule_; }
  EventStore& events() override { return events_; }
  RenewalStore& renewals() override { return renewals_; }
  InventoryStore& inventory() override { return inventory_; }
  TokenStore& tokens() override { return tokens_; }
  Result<FleetIdentity> fleet_identity() const override {
    const std::lock_guard lock(database_.mutex);
    return database_.fleet;
  }
  Status set_fleet_identity(const FleetIdentity& identity) override {
    const std::lock_guard lock(database_.mutex);
    database_.fleet = identity;
    return {};
  }
  Status check() const override { return {}; }
  Status flush() override { return {}; }

 private:
  MemoryDatabase database_;
  MemoryEnrollments enrollments_{database_};
  MemoryCommands commands_{database_};
  MemoryCertificates certificates_{database_};
  MemoryPushSchedule push_schedule_{database_};
  MemoryEvents events_{database_};
  MemoryRenewals renewals_{database_};
  MemoryInventory inventory_{database_};
  MemoryTokens tokens_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace bramley
