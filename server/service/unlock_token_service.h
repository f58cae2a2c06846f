#pragma once

#include "core/base/log.h"
#include "server/service/mdm_service.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// Puts each device's own UnlockToken, as it was escrowed with TokenUpdate, into a ClearPasscode
// that has none when it is handed out: so one command may go to many devices, and no person has to
// handle the token. A device of which no token is known gets the command as it is, and refuses it.
class UnlockTokenService : public MdmService {
 public:
  UnlockTokenService(MdmService& next, const EnrollmentStore& enrollments, Log& log)
      : next_(next), enrollments_(enrollments), log_(log) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override {
    return next_.check_in(device, message);
  }
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  Result<Command> fill_in(const EnrollmentId& enrollment, Command command) const;

  MdmService& next_;
  const EnrollmentStore& enrollments_;
  Log& log_;
};

}  // namespace bramley
