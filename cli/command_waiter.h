#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "cli/api_client.h"
#include "cli/event_lines.h"
#include "cli/json.h"

namespace bramley {

// Waits until every target of a command has answered: by the server's stream of results, which is
// resumed where it broke off; by asking again and again where there is no stream.
class CommandWaiter {
 public:
  struct Surroundings {
    std::function<std::chrono::milliseconds()> elapsed;
    std::function<void(std::chrono::milliseconds)> sleep;
    // Whether somebody wants the waiting to end.
    std::function<bool()> interrupted = [] { return false; };
  };
  enum class OnFailure { go_on, stop };
  struct Outcome {
    std::int64_t targets = 0;  // 0: the server has not said yet
    std::int64_t acknowledged = 0;
    std::int64_t failed = 0;   // settled in any other way
    std::int64_t not_now = 0;  // of those that are waited for
    bool timed_out = false;
    bool interrupted = false;
    [[nodiscard]] std::int64_t waiting() const { return targets - acknowledged - failed; }
  };
  // `on_result` gets each target's result once, when it is settled; `on_progress` how far it is.
  struct Listener {
    std::function<void(const Json&)> on_result;
    std::function<void(const Outcome&)> on_progress;
  };

  CommandWaiter(ApiClient& api, Surroundings surroundings, Listener listener)
      : api_(api), surroundings_(std::move(surroundings)), listener_(std::move(listener)) {}

  // Asks, where it has to, after 100 ms first and every 2 s at last. A server that cannot be
  // reached meanwhile is tried until the time is over. Errors: of a server that refuses.
  Result<Outcome> wait(const std::string& uuid, std::chrono::seconds limit, OnFailure on_failure);

 private:
  enum class Way { follow, ask };

  [[nodiscard]] bool is_over() const;
  // One connection, as long as it lasts; how to go on.
  Result<Way> follow();
  bool take_message(const EventLines::Message& message);
  Status ask();
  Status collect();
  void take_result(const Json& result);
  void take_counts(const Json& command);
  void pause();

  ApiClient& api_;
  const Surroundings surroundings_;
  const Listener listener_;
  std::string uuid_;
  OnFailure on_failure_ = OnFailure::go_on;
  std::chrono::milliseconds deadline_{0};
  Outcome outcome_;
  bool finished_ = false;
  std::unordered_set<std::string> seen_;
  EventLines lines_;
  std::string last_id_;
  std::optional<Error> fault_;  // what a stream said cannot be
  bool heard_ = false;          // on the present connection
  std::chrono::milliseconds pause_{0};
  std::chrono::milliseconds follow_again_at_{0};
  std::int64_t settled_before_ = -1;
};

}  // namespace bramley
