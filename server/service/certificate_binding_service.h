#pragma once

#include <optional>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/service/mdm_service.h"
#include "server/store/certificate_store.h"

namespace bramley {

// Lets a device speak for itself only: every message but Authenticate needs a certificate that is
// bound to the device it names (traps 8-10). Authenticate binds, inside the store's own
// transaction.
class CertificateBindingService : public MdmService {
 public:
  // Until then a device that came from another server, and has no certificate here, is associated
  // with the one that it first comes with, if that was never bound (NanoMDM's -retro). Whoever has
  // an identity that we trust could take such a device's place, so it must end.
  struct Association {
    Timestamp until;
    const Clock& clock;
    Log& log;
  };
  CertificateBindingService(MdmService& next, CertificateStore& certificates,
                            std::optional<Association> association = std::nullopt)
      : next_(next), certificates_(certificates), association_(association) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  Status require_binding(const DeviceIdentity& device, const EnrollmentId& enrollment) const;
  Status associate(const DeviceIdentity& device, const std::string& device_id) const;

  MdmService& next_;
  CertificateStore& certificates_;
  const std::optional<Association> association_;
};

}  // namespace bramley
