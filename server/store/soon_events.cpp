#include "server/store/soon_events.h"

namespace bramley {

void SoonEvents::put(Event event) {
  const std::lock_guard lock(mutex_);
  if (events_.size() >= most && !events_.contains(event.enrollment.value())) {
    return;
  }
  auto key = event.enrollment.value();
  events_.insert_or_assign(std::move(key), std::move(event));
}

std::optional<Event> SoonEvents::of(const std::string& enrollment_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(enrollment_id);
  return found == events_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Event> SoonEvents::some(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Event> some;
  for (auto next = events_.begin(); next != events_.end() && some.size() < limit; ++next) {
    some.push_back(next->second);
  }
  return some;
}

void SoonEvents::written(const Event& event) {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(event.enrollment.value());
  if (found != events_.end() && found->second.id == event.id) {
    events_.erase(found);
  }
}

bool SoonEvents::empty() const {
  const std::lock_guard lock(mutex_);
  return events_.empty();
}

}  // namespace bramley
