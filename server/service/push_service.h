#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace bramley {

struct PushOutcome {
  std::string enrollment_id;
  // Apple's id of the notification (`apns-id`), or why none was sent. not_found: no such
  // enrollment, or it has no push token. unavailable: Apple could not be reached. unsupported: this
  // server does not push.
  Result<std::string> notification_id;
};

// Tells devices to come and ask. A push carries nothing and may be repeated: the queue, not the
// push, is what must not be lost.
class PushService {
 public:
  virtual ~PushService() = default;
  // One outcome per id, in their order. Never fails as a whole. Safe to call from several threads.
  virtual std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids) = 0;
};

// For a server without a way to Apple: says so, id by id. Commands wait until devices come by
// themselves.
class AbsentPushService : public PushService {
 public:
  std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids) override;
};

}  // namespace bramley
