#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/service/declaration_service.h"
#include "server/service/mdm_service.h"
#include "server/service/token_service.h"
#include "server/store/store.h"

namespace bramley {

// The core: turns messages of devices whose identity is settled into facts in the store (mdm.md
// §1.4, §1.6).
class EnrollmentService : public MdmService {
 public:
  // What other parts answer; null: nobody does, and the device is told so (501).
  struct Ports {
    DeclarationService* declarations = nullptr;
    TokenService* tokens = nullptr;
  };
  EnrollmentService(EnrollmentStore& enrollments, CommandQueue& commands, const Clock& clock,
                    Log& log, Ports ports)
      : enrollments_(enrollments), commands_(commands), clock_(clock), log_(log), ports_(ports) {}
  EnrollmentService(EnrollmentStore& enrollments, CommandQueue& commands, const Clock& clock,
                    Log& log)
      : EnrollmentService(enrollments, commands, clock, log, Ports{}) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const Authenticate& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const TokenUpdate& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const CheckOut& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const UserAuthenticate& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const SetBootstrapToken& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const GetBootstrapToken& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const DeclarativeManagement& body);
  Result<CheckinReply> on(const DeviceIdentity& device, const CheckinMessage& message,
                          const GetToken& body);

  // A device that said goodbye is answered, and nothing more, until it authenticates again.
  Result<bool> has_checked_out(const EnrollmentId& id) const;

  EnrollmentStore& enrollments_;
  CommandQueue& commands_;
  const Clock& clock_;
  Log& log_;
  const Ports ports_;
};

}  // namespace bramley
