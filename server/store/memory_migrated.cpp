// The part of MemoryEnrollments that is about enrollments which come from another server, and about
// those that are removed.

#include "server/store/memory_store.h"
#include "server/store/store_errors.h"

namespace bramley {

using Row = MemoryDatabase::EnrollmentRow;

Result<Row*> MemoryEnrollments::row_for_migration(const EnrollmentId& id) {
  const auto* const known = std::as_const(database_).find_row(id.value());
  if (known != nullptr && known->enrollment.id.device_value() != id.device_value()) {
    return id_of_another_device(id.value());
  }
  return &database_.row_of(id);
}

Result<EnrollmentStore::Migrated> MemoryEnrollments::migrate_device(const EnrollmentId& id,
                                                                    const Authenticate& message,
                                                                    ByteView /*raw*/,
                                                                    Timestamp now) {
  if (!id.is_device_channel()) {
    return authenticate_on_user_channel(id.value());
  }
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(auto* const row, row_for_migration(id));
  if (database_.has_binding(id.value()) && row->enrollment.authenticated_at) {
    return Migrated::known_already;
  }
  row->enrollment.id = id;
  describe_device(row->enrollment, message);
  row->enrollment.authenticated_at = now;
  return Migrated::taken;
}

Result<EnrollmentStore::Migrated> MemoryEnrollments::migrate_push_token(const EnrollmentId& id,
                                                                        const TokenUpdate& message,
                                                                        ByteView /*raw*/,
                                                                        Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  TRY(row_for_migration(id.device_channel()));
  TRY_ASSIGN(auto* const row, row_for_migration(id));
  if (row->enrollment.state != EnrollmentState::pending &&
      database_.has_binding(id.device_value())) {
    return Migrated::known_already;
  }
  if (id.is_device_channel() && row->enrollment.state != EnrollmentState::enrolled) {
    row->inventory_due = now;
  }
  take_token(*row, message, now);
  return Migrated::taken;
}

Result<EnrollmentStore::Migrated> MemoryEnrollments::migrate_bootstrap_token(
    const EnrollmentId& id, std::optional<SecretBytes> token) {
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(auto* const row, row_for_migration(id.device_channel()));
  const bool forgets = !token || token->empty();
  if (database_.has_binding(id.device_value()) && (forgets || row->bootstrap_token)) {
    return Migrated::known_already;
  }
  row->bootstrap_token.reset();
  if (!forgets) {
    row->bootstrap_token = std::move(token);
  }
  return Migrated::taken;
}

Status MemoryEnrollments::remove(std::string_view id, Timestamp now) {
  const std::string name(id);
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(name);
  if (row == nullptr) {
    return no_enrollment(name);
  }
  if (row->enrollment.state == EnrollmentState::enrolled) {
    return still_enrolled(name);
  }
  if (row->enrollment.dismissal == Dismissal::block) {
    return removal_of_blocked(name);
  }
  const auto leaving =
      row->enrollment.id.is_device_channel() ? database_.family(name) : std::vector{row};
  for (auto* const member : leaving) {
    database_.clear_queue(*member, CommandState::cancelled, now);
    database_.forget_deliveries(member->number);
    database_.pushes.erase(member->number);
    database_.renewals.erase(member->number);
    database_.enrollments.erase(std::string(member->enrollment.id.value()));
  }
  return {};
}

}  // namespace bramley
