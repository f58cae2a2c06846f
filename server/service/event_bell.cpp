#include "server/service/event_bell.h"

namespace bramley {

void EventBell::ring() {
  {
    const std::lock_guard lock(mutex_);
    ++rings_;
  }
  rung_.notify_all();
}

void EventBell::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  rung_.notify_all();
}

std::uint64_t EventBell::wait(std::uint64_t heard, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  rung_.wait_for(lock, patience, [&] { return closed_ || rings_ != heard; });
  return rings_;
}

void EventBell::rest(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  rung_.wait_for(lock, patience, [&] { return closed_; });
}

bool EventBell::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace bramley
