#include "server/service/migration_service.h"

namespace bramley {
namespace {

Error only_asks(const CheckinMessage& message) {
  return {ErrorCode::malformed,
          "a " + std::string(message.type_name()) + " holds nothing that could be taken over"};
}

}  // namespace

Status MigrationService::take(const CheckinMessage& message) {
  // No catch-all: a new message does not compile until somebody decides about it.
  auto done = std::visit([&](const auto& body) { return on(message, body); }, message.body);
  if (!done) {
    return std::move(done).error().while_doing("migrate " + message.enrollment.value());
  }
  log_.info(
      *done == Migrated::taken ? "migrated" : "migrated nothing: the device is here already",
      {{"enrollment", message.enrollment.value()}, {"message", std::string(message.type_name())}});
  return {};
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const Authenticate& body) {
  return enrollments_.migrate_device(message.enrollment, body, message.raw, clock_.now());
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const TokenUpdate& body) {
  return enrollments_.migrate_push_token(message.enrollment, body, message.raw, clock_.now());
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const SetBootstrapToken& body) {
  auto token = body.token ? std::optional<SecretBytes>(body.token->clone()) : std::nullopt;
  return enrollments_.migrate_bootstrap_token(message.enrollment, std::move(token));
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const CheckOut&) {
  TRY_ASSIGN(const auto device, enrollments_.find(message.enrollment.device_value()));
  if (!device || device->certificate) {
    return Migrated::known_already;
  }
  const Status ended = enrollments_.end_enrollment(message.enrollment, clock_.now());
  if (!ended && ended.error().code == ErrorCode::not_found) {
    return Migrated::known_already;  // a user that nobody ever heard of
  }
  TRY(ended);
  return Migrated::taken;
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage&,
                                                        const UserAuthenticate&) {
  // A login does not move: the user is asked again.
  return Migrated::known_already;
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const GetBootstrapToken&) {
  return only_asks(message);
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const DeclarativeManagement&) {
  return only_asks(message);
}

Result<MigrationService::Migrated> MigrationService::on(const CheckinMessage& message,
                                                        const GetToken&) {
  return only_asks(message);
}

}  // namespace bramley
