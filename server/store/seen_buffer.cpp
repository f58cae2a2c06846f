#include "server/store/seen_buffer.h"

namespace bramley {

void SeenBuffer::note(const std::string& enrollment_id, Timestamp now) {
  const std::lock_guard lock(mutex_);
  noted_.insert_or_assign(enrollment_id, now);
}

std::optional<Timestamp> SeenBuffer::find(const std::string& enrollment_id) const {
  const std::lock_guard lock(mutex_);
  for (const auto* times : {&noted_, &writing_}) {
    const auto found = times->find(enrollment_id);
    if (found != times->end()) {
      return found->second;
    }
  }
  return std::nullopt;
}

std::vector<SeenBuffer::Entry> SeenBuffer::take(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (writing_.empty()) {
    writing_.swap(noted_);
  }
  std::vector<Entry> entries;
  for (const auto& [id, time] : writing_) {
    if (entries.size() == limit) {
      break;
    }
    entries.push_back({id, time});
  }
  return entries;
}

void SeenBuffer::written(const std::vector<Entry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries) {
    writing_.erase(entry.enrollment_id);
  }
}

std::size_t SeenBuffer::size() const {
  const std::lock_guard lock(mutex_);
  return noted_.size() + writing_.size();
}

}  // namespace bramley
