#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "server/service/event_audience.h"
#include "server/service/event_bell.h"
#include "server/service/mdm_service.h"
#include "server/service/re_enrollment.h"
#include "server/store/store.h"

namespace bramley {

inline constexpr std::string_view re_enrollment_topic = "bramley.ReEnrollment";
inline constexpr std::string_view refused_re_enrollment_topic = "bramley.ReEnrollmentRefused";

// Watches who authenticates for a device that is enrolled with another key: after a wipe that is
// the device, and else perhaps somebody who holds an identity of the same authority. Such an
// Authenticate is counted, logged and an event, and passes as the policy says. What the device had
// escrowed is gone after it in any case (EnrollmentStore::begin_enrollment).
class ReEnrollmentService : public MdmService {
 public:
  struct Ports {
    RenewalStore& renewals;
    EventStore& events;
    const EventAudience& audience;
    EventBell& bell;
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
  };
  ReEnrollmentService(MdmService& next, ReEnrollment policy, const Ports& ports);

  // forbidden: the policy refuses it.
  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override {
    return next_.report(device, report);
  }

 private:
  Status judge(const DeviceIdentity& device, const CheckinMessage& message);
  Result<bool> may_pass(const DeviceIdentity& device, const CheckinMessage& message,
                        IdentityClaim claim);
  Status tell(const CheckinMessage& message, std::string_view topic);

  MdmService& next_;
  const ReEnrollment policy_;
  const Ports ports_;
  MetricCounter& taken_;
  MetricCounter& refused_;
};

}  // namespace bramley
