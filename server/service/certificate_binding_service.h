#pragma once

#include "server/service/mdm_service.h"
#include "server/store/certificate_store.h"

namespace bramley {

// Lets a device speak for itself only: every message but Authenticate needs a certificate that is
// bound to the device it names (traps 8-10). Authenticate binds, inside the store's own
// transaction.
class CertificateBindingService : public MdmService {
 public:
  CertificateBindingService(MdmService& next, const CertificateStore& certificates)
      : next_(next), certificates_(certificates) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  Status require_binding(const DeviceIdentity& device, const EnrollmentId& enrollment) const;

  MdmService& next_;
  const CertificateStore& certificates_;
};

}  // namespace bramley
