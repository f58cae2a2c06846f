#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace bramley {

struct PushOutcome {
  std::string enrollment_id;
  // Apple's id of the notification (`apns-id`; "" when Apple has not answered within the time that
  // a caller waits), or why none was sent. not_found: no such enrollment. conflict: it has no good
  // push token. unavailable: Apple could not be reached or did not take it.
  Result<std::string> notification_id;
};

// Tells devices to come and ask. A push carries nothing and may be repeated: the queue, not the
// push, is what must not be lost.
class PushService {
 public:
  virtual ~PushService() = default;
  // One outcome per id, in their order, within a bounded time. Never fails as a whole. Safe to call
  // from several threads. `ticket`: that of the PushOrder under which a command was queued for
  // them; 0 without one.
  virtual std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids,
                                        std::int64_t ticket) = 0;
  // A new one.
  virtual std::int64_t ticket() = 0;
  // Commands were queued for PushOrder::By::dispatcher. Returns at once.
  virtual void wake() = 0;
};

}  // namespace bramley
