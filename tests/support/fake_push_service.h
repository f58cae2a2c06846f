#pragma once

#include <map>

#include "server/service/push_service.h"

namespace bramley {

// Pushes that arrive, but for the ids with an error of their own. Remembers who was pushed.
class FakePushService : public PushService {
 public:
  std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids) override {
    std::vector<PushOutcome> outcomes;
    for (const std::string& id : enrollment_ids) {
      pushed.push_back(id);
      const auto error = errors.find(id);
      if (error == errors.end()) {
        outcomes.push_back({id, "apns-" + id});
      } else {
        outcomes.push_back({id, error->second});
      }
    }
    return outcomes;
  }

  std::map<std::string, Error> errors;
  std::vector<std::string> pushed;
};

}  // namespace bramley
