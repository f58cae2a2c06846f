#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace bramley {

// Wakes who waits for events of this process. Events of other servers on the same database do not
// ring: whoever waits looks for himself now and then.
class EventBell {
 public:
  void ring();
  // The end: nobody waits any more.
  void close();
  // Returns the number of rings, as soon as it is not `heard`, the bell is closed, or `patience` is
  // over.
  std::uint64_t wait(std::uint64_t heard, std::chrono::milliseconds patience);
  // Returns when the bell is closed, or `patience` is over.
  void rest(std::chrono::milliseconds patience);
  [[nodiscard]] bool is_closed() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable rung_;
  std::uint64_t rings_ = 0;
  bool closed_ = false;
};

}  // namespace bramley
