#pragma once

#include <atomic>

#include "core/base/clock.h"

namespace bramley {

// A clock wound by hand. Starts at 2026-11-24T00:00:00Z unless told otherwise.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Timestamp start = Timestamp(std::chrono::seconds(1'795'478'400)))
      : seconds_(start.time_since_epoch().count()) {}

  Timestamp now() const override { return Timestamp(std::chrono::seconds(seconds_.load())); }
  void advance(std::chrono::seconds by) { seconds_ += by.count(); }
  void set(Timestamp time) { seconds_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> seconds_;
};

}  // namespace bramley
