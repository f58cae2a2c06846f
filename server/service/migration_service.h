#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/mdm/checkin_message.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// Takes enrollments over from another server, from the check-ins that their devices once sent there
// (NanoMDM's /migration, as nano2nano uses it). No device is asked: no certificate is bound, and no
// event is made of it.
class MigrationService {
 public:
  MigrationService(EnrollmentStore& enrollments, const Clock& clock, Log& log)
      : enrollments_(enrollments), clock_(clock), log_(log) {}

  // In any order, and again without harm. malformed: a message that asks and says nothing, such as
  // GetBootstrapToken. Else what EnrollmentStore::migrate_… say.
  Status take(const CheckinMessage& message);

 private:
  using Migrated = EnrollmentStore::Migrated;
  Result<Migrated> on(const CheckinMessage& message, const Authenticate& body);
  Result<Migrated> on(const CheckinMessage& message, const TokenUpdate& body);
  Result<Migrated> on(const CheckinMessage& message, const SetBootstrapToken& body);
  Result<Migrated> on(const CheckinMessage& message, const CheckOut& body);
  Result<Migrated> on(const CheckinMessage& message, const UserAuthenticate& body);
  Result<Migrated> on(const CheckinMessage& message, const GetBootstrapToken& body);
  Result<Migrated> on(const CheckinMessage& message, const DeclarativeManagement& body);
  Result<Migrated> on(const CheckinMessage& message, const GetToken& body);

  EnrollmentStore& enrollments_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
