#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/service/enrollment_profile_service.h"
#include "server/service/mdm_service.h"
#include "server/service/renewal_hints.h"
#include "server/store/store.h"

namespace bramley {

// How long a device may take from the profile to its certificate.
inline constexpr std::chrono::hours renewal_challenge_ttl{1};

// Notes which certificates devices use, and puts the profile into the InstallProfile of a renewal
// when it is handed out: an enrollment profile, so that the device replaces its own, with a
// challenge that voids the one of the delivery before. Behind CertificateBindingService.
class RenewalService : public MdmService {
 public:
  struct Ports {
    EnrollmentStore& enrollments;
    RenewalStore& renewals;
    EnrollmentProfileService& profiles;
    RenewalHints& hints;
    const Clock& clock;
    Log& log;
  };
  RenewalService(MdmService& next, const Ports& ports) : next_(next), ports_(ports) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  // Of a device whose certificate has expired, within its time of grace: it is given its renewal,
  // may answer that, and is refused all else. unauthenticated.
  Result<ReportReply> report_expired(const DeviceIdentity& device, const CommandReport& report);
  Result<std::optional<Command>> renewal_for(const DeviceIdentity& device,
                                             const EnrollmentId& enrollment);
  void note_use(const DeviceIdentity& device, const EnrollmentId& enrollment);
  // None: it must not be delivered, and the fault is noted.
  Result<std::optional<Command>> fill_in(const EnrollmentId& enrollment, const std::string& uuid);
  Result<Command> render(const EnrollmentId& enrollment, const std::string& uuid);

  MdmService& next_;
  const Ports ports_;
};

}  // namespace bramley
