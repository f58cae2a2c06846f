#include "server/store/memory_inventory.h"

#include <algorithm>

#include "server/store/delivery_state.h"
#include "server/store/inventory_steps.h"

namespace bramley {

using Row = MemoryDatabase::EnrollmentRow;

InventoryItem MemoryInventory::item_of(const Row& row) const {
  InventoryItem item{row.enrollment.id, row.enrollment.state};
  DeviceRecord device;
  if (const auto* const found =
          std::as_const(database_).find_row(row.enrollment.id.device_value())) {
    const Enrollment& said = found->enrollment;
    device.learnt = found->facts;
    device.checkin = {{},
                      said.serial_number,
                      said.device_name,
                      said.model,
                      said.model_name,
                      said.product_name,
                      said.os_version,
                      said.build_version};
    device.awaiting_configuration = said.awaiting_configuration;
    device.authenticated_at = said.authenticated_at;
    device.enrolled_at = said.enrolled_at;
  }
  complete_facts(item, std::move(device), row.enrollment.enrolled_at, row.enrollment.last_seen_at);
  return item;
}

Result<std::optional<InventoryItem>> MemoryInventory::find(std::string_view id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(id));
  return row == nullptr ? std::nullopt : std::optional(item_of(*row));
}

Status MemoryInventory::visit(const EnrollmentFilter& filter, std::string_view after,
                              std::int64_t limit,
                              const std::function<void(InventoryItem&&)>& on_item) const {
  const std::lock_guard lock(database_.mutex);
  auto row = database_.enrollments.upper_bound(std::string(after));
  for (; row != database_.enrollments.end() && limit > 0; ++row) {
    if (matches(row->second.enrollment, filter)) {
      on_item(item_of(row->second));
      --limit;
    }
  }
  return {};
}

Result<std::string> MemoryInventory::resolve_one(const std::string& name) const {
  if (database_.enrollments.contains(name)) {
    return name;
  }
  std::vector<SerialHolder> holders;
  for (const auto& [id, row] : database_.enrollments) {
    if (!name.empty() && row.enrollment.serial_number == name &&
        row.enrollment.id.is_device_channel()) {
      holders.push_back({id, row.enrollment.state});
    }
  }
  return holder_meant(name, holders);
}

Result<std::vector<Result<std::string>>> MemoryInventory::resolve(
    std::span<const std::string> names) const {
  const std::lock_guard lock(database_.mutex);
  std::vector<Result<std::string>> found;
  for (const std::string& name : names) {
    found.push_back(resolve_one(name));
  }
  return found;
}

bool MemoryInventory::forget_answers(const Row& row) {
  const auto settled = [&](const std::string& uuid) {
    const auto number = database_.command_numbers.find(uuid);
    if (number == database_.command_numbers.end()) {
      return true;
    }
    const auto& deliveries = database_.commands.at(number->second).deliveries;
    const auto found = deliveries.find(row.number);
    return found == deliveries.end() || !is_waiting(found->second.state);
  };
  const auto pair = {information_uuid(row.inventory_asked), security_uuid(row.inventory_asked)};
  if (!std::ranges::all_of(pair, settled)) {
    return false;
  }
  for (const std::string& uuid : pair) {
    const auto number = database_.command_numbers.find(uuid);
    if (number != database_.command_numbers.end()) {
      auto& deliveries = database_.commands.at(number->second).deliveries;
      if (deliveries.erase(row.number) > 0 && deliveries.empty()) {
        database_.commands.erase(number->second);
        database_.command_numbers.erase(number);
      }
    }
  }
  return true;
}

bool MemoryInventory::look_at(Row& row, const Refresh& refresh, Timestamp now, Refreshed& done) {
  if (row.enrollment.state != EnrollmentState::enrolled) {
    row.inventory_due.reset();
    row.inventory_asked.clear();
    return false;
  }
  if (*row.inventory_due < now - overdue) {
    row.inventory_due = spread_time(refresh, row.number, now);
    ++done.spread;
    return false;
  }
  if (!row.inventory_asked.empty() && !forget_answers(row)) {
    row.inventory_due = look_again(refresh, now);
    ++done.put_off;
    return false;
  }
  row.inventory_due = due_again(refresh, row.number, now);
  row.inventory_asked = refresh.base;
  ++done.asked;
  return true;
}

void MemoryInventory::bring_nearer(const Refresh& refresh, Timestamp now, Refreshed& done) {
  std::int64_t left = refresh.limit;
  for (auto& [id, row] : database_.enrollments) {
    if (left > 0 && row.inventory_due && *row.inventory_due > furthest_due(refresh, now)) {
      row.inventory_due = now + spread_within(refresh.interval, refresh.salt, row.number);
      ++done.spread;
      --left;
    }
  }
}

Result<InventoryStore::Refreshed> MemoryInventory::refresh(const Refresh& refresh, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  std::vector<Row*> due;
  for (auto& [id, row] : database_.enrollments) {
    if (row.inventory_due && *row.inventory_due <= now) {
      due.push_back(&row);
    }
  }
  std::ranges::sort(due, [](const Row* left, const Row* right) {
    return std::pair(left->inventory_due, left->number) <
           std::pair(right->inventory_due, right->number);
  });
  due.resize(std::min(due.size(), static_cast<std::size_t>(refresh.limit)));
  Refreshed done;
  std::vector<Row*> asked;
  for (Row* const row : due) {
    if (look_at(*row, refresh, now, done)) {
      asked.push_back(row);
    }
  }
  bring_nearer(refresh, now, done);
  if (!asked.empty()) {
    database_.queue_command(refresh.information, now, refresh.terms, asked);
    database_.queue_command(refresh.security, now, refresh.terms, asked);
  }
  return done;
}

}  // namespace bramley
