#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "cli/api_client.h"
#include "cli/json.h"

namespace bramley {

// Waits until every target of a command has answered.
class CommandWaiter {
 public:
  struct Time {
    std::function<std::chrono::milliseconds()> elapsed;
    std::function<void(std::chrono::milliseconds)> sleep;
  };
  enum class OnFailure { go_on, stop };
  struct Outcome {
    std::int64_t acknowledged = 0;
    std::int64_t failed = 0;  // settled in any other way
    bool timed_out = false;
  };

  CommandWaiter(ApiClient& api, Time time) : api_(api), time_(std::move(time)) {}

  // `on_result` gets each target's result once, when it is settled. Asks more and more seldom:
  // after 100 ms first, every 2 s at last. A server that cannot be reached meanwhile is asked again
  // until the time is over.
  Result<Outcome> wait(const std::string& uuid, std::chrono::seconds limit, OnFailure on_failure,
                       const std::function<void(const Json&)>& on_result,
                       const std::function<void(const Outcome&)>& on_progress);

 private:
  // Whether all are settled now (or enough, to stop).
  Result<bool> ask(const std::string& uuid, OnFailure on_failure,
                   const std::function<void(const Json&)>& on_result);
  Status collect(const std::string& uuid, const std::function<void(const Json&)>& on_result);

  ApiClient& api_;
  Time time_;
  Outcome outcome_;
  std::int64_t settled_before_ = -1;
  std::set<std::string> seen_;
};

}  // namespace bramley
