#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "server/store/event_store.h"

namespace bramley {

// Events that may wait in memory: the last one of each enrollment. Safe to call from several
// threads.
class SoonEvents {
 public:
  // Of more enrollments than that the newest are not taken: memory stays bounded while the database
  // does not answer.
  static constexpr std::size_t most = 50'000;

  void put(Event event);
  [[nodiscard]] std::optional<Event> of(const std::string& enrollment_id) const;
  [[nodiscard]] std::vector<Event> some(std::size_t limit) const;
  // Forgets one, unless a later one took its place.
  void written(const Event& event);
  [[nodiscard]] bool empty() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Event> events_;
};

}  // namespace bramley
