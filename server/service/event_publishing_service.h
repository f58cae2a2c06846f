#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "server/service/event_audience.h"
#include "server/service/event_bell.h"
#include "server/service/mdm_service.h"
#include "server/store/event_store.h"

namespace bramley {

// Tells of what devices say, in the same transaction as what comes of it (mdm.md §1.8). Stands
// behind the check of who they are: a message that is refused is no event. While nobody listens it
// only passes on. Idle changes nothing, and its event is not worth a write for each poll: it waits
// in memory (EventStore::record_soon), and a crash may lose it.
class EventPublishingService : public MdmService {
 public:
  EventPublishingService(MdmService& next, EventStore& events, EventBell& bell,
                         const EventAudience& audience, const Clock& clock, Random& random)
      : next_(next),
        events_(events),
        bell_(bell),
        audience_(audience),
        clock_(clock),
        random_(random) {}

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  [[nodiscard]] Event event(const EnrollmentId& id, std::string topic, const std::string& query,
                            const Bytes& raw) const;

  MdmService& next_;
  EventStore& events_;
  EventBell& bell_;
  const EventAudience& audience_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bramley
