#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace bramley {

// How often commands were delivered without an answer since, until that is written: so that handing
// out a command writes nothing. A crash may lose some of it, which delays nobody but the stuck.
class OfferBuffer {
 public:
  // Keys of the enrollment and of the command.
  using Offer = std::pair<std::int64_t, std::int64_t>;
  struct Entry {
    Offer offer;
    std::int64_t count;
  };

  void note(const Offer& offer);
  // It was answered, or is gone.
  void forget(const Offer& offer);
  // What is to be added to the count in the database.
  [[nodiscard]] std::int64_t count(const Offer& offer) const;

  // Some of what is to be written, at most `limit`. It stays here until `written`.
  std::vector<Entry> take(std::size_t limit);
  void written(const std::vector<Entry>& entries);
  [[nodiscard]] std::size_t size() const;

 private:
  using Counts = std::map<Offer, std::int64_t>;
  mutable std::mutex mutex_;
  Counts noted_;
  // What `take` hands out comes from here, and from nowhere else until it is empty.
  Counts writing_;
};

}  // namespace bramley
