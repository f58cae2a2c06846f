#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/followers.h"
#include "server/service/event_bell.h"
#include "server/store/command_queue.h"

namespace bramley {

// What becomes of one command, as Server-Sent Events: `result` for each device's when it is
// settled (its id is where to go on), `summary` with the counts at the beginning and when they have
// changed, and `done` with them when nothing waits any more, which is the end. Pulled by the
// listener. Looks by itself for what any server on the database wrote; the bell only ends it.
class ResultStream {
 public:
  // Who is told.
  struct Audience {
    // Asked before anything is told; false ends the stream.
    std::function<bool()> is_welcome;
    // Takes out of a result what this audience may not see.
    std::function<void(CommandDelivery&)> clean;
  };
  // After that position in the command's log (CommandQueue::settled).
  ResultStream(const CommandQueue& commands, EventBell& bell,
               std::unique_ptr<Followers::Place> place, Audience audience, std::string uuid,
               std::int64_t after)
      : commands_(commands),
        bell_(bell),
        place_(std::move(place)),
        audience_(std::move(audience)),
        uuid_(std::move(uuid)),
        after_(after) {}

  // As HttpResponse::body_stream says.
  std::optional<Bytes> pull();

 private:
  // What there is to say now; empty: nothing.
  Result<std::string> look();
  // Appends results; whether there were no more.
  Result<bool> append_results(std::string& text);

  const CommandQueue& commands_;
  EventBell& bell_;
  const std::unique_ptr<Followers::Place> place_;
  const Audience audience_;
  const std::string uuid_;
  std::int64_t after_;
  std::string summary_;  // as it was told last
  bool greeted_ = false;
  bool done_ = false;
  std::chrono::steady_clock::time_point spoke_at_;
};

}  // namespace bramley
