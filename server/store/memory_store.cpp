#include "server/store/memory_store.h"

#include "server/store/memory_events.h"

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
  const auto number = static_cast<std::int64_t>(enrollments.size()) + 1;
  return enrollments.try_emplace(id.value(), EnrollmentRow{Enrollment{id}, number}).first->second;
}

void MemoryDatabase::clear_queue(EnrollmentRow& row) {
  const auto clear = [&](std::int64_t command) {
    commands.at(command).deliveries.at(row.number).state = CommandState::cleared;
  };
  for (const auto command : row.queue) {
    clear(command);
  }
  for (const auto& [place, command] : row.parked) {
    clear(command);
  }
  row.queue.clear();
  row.parked.clear();
  row.held.clear();
}

namespace {

class MemoryStore : public Store {
 public:
  EnrollmentStore& enrollments() override { return enrollments_; }
  CommandQueue& commands() override { return commands_; }
  CertificateStore& certificates() override { return certificates_; }
  EventStore& events() override { return events_; }
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
  MemoryEvents events_{database_};
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace bramley
