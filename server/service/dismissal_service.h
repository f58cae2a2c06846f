#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/service/mdm_service.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// Tells devices to go, where an administrator said so: Apple's com.apple.unrecognized.device, and
// never by accident. Behind CertificateBindingService, so that a device hears of itself only.
class DismissalService : public MdmService {
 public:
  DismissalService(MdmService& next, EnrollmentStore& enrollments, const Clock& clock, Log& log)
      : next_(next), enrollments_(enrollments), clock_(clock), log_(log) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  // True: the device is to be told. It counts as gone from then on.
  Result<bool> dismiss(const EnrollmentId& id, bool is_enrolling);

  MdmService& next_;
  EnrollmentStore& enrollments_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
