#include "server/store/offer_buffer.h"

namespace bramley {

void OfferBuffer::note(const Offer& offer) {
  const std::lock_guard lock(mutex_);
  ++noted_[offer];
}

void OfferBuffer::forget(const Offer& offer) {
  const std::lock_guard lock(mutex_);
  noted_.erase(offer);
  writing_.erase(offer);
}

std::int64_t OfferBuffer::count(const Offer& offer) const {
  const std::lock_guard lock(mutex_);
  std::int64_t sum = 0;
  for (const auto* counts : {&noted_, &writing_}) {
    const auto found = counts->find(offer);
    sum += found == counts->end() ? 0 : found->second;
  }
  return sum;
}

std::vector<OfferBuffer::Entry> OfferBuffer::take(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (writing_.empty()) {
    writing_.swap(noted_);
  }
  std::vector<Entry> entries;
  for (const auto& [offer, count] : writing_) {
    if (entries.size() == limit) {
      break;
    }
    entries.push_back({offer, count});
  }
  return entries;
}

void OfferBuffer::written(const std::vector<Entry>& entries) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries) {
    writing_.erase(entry.offer);
  }
}

std::size_t OfferBuffer::size() const {
  const std::lock_guard lock(mutex_);
  return noted_.size() + writing_.size();
}

}  // namespace bramley
