#include "server/service/push_service.h"

namespace bramley {

std::vector<PushOutcome> AbsentPushService::push(std::span<const std::string> enrollment_ids) {
  std::vector<PushOutcome> outcomes;
  outcomes.reserve(enrollment_ids.size());
  for (const std::string& id : enrollment_ids) {
    outcomes.push_back(
        {id, Error{ErrorCode::unsupported,
                   "no push provider: this server does not reach Apple's push service; "
                   "the device is served when it connects by itself"}});
  }
  return outcomes;
}

}  // namespace bramley
