#pragma once

#include <map>
#include <set>

#include "server/service/push_service.h"

namespace bramley {

// Pushes that arrive, but for the ids with an error of their own. Remembers who was pushed.
class FakePushService : public PushService {
 public:
  std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids,
                                std::int64_t ticket) override {
    tickets.push_back(ticket);
    std::vector<PushOutcome> outcomes;
    for (const std::string& id : enrollment_ids) {
      pushed.push_back(id);
      const auto error = errors.find(id);
      if (late.contains(id)) {
        outcomes.push_back({id, std::string()});
      } else if (error == errors.end()) {
        outcomes.push_back({id, "apns-" + id});
      } else {
        outcomes.push_back({id, error->second});
      }
    }
    return outcomes;
  }

  std::map<std::string, Error> errors;
  std::set<std::string> late;  // not answered in time
  std::int64_t ticket() override { return 17; }
  void wake() override { ++wakes; }

  std::vector<std::string> pushed;
  std::vector<std::int64_t> tickets;
  int wakes = 0;
};

}  // namespace bramley
