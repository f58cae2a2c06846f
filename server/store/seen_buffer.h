#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"

namespace bramley {

// When each enrollment was last heard of, or each token last used, until that is written: the one
// thing that a crash may lose. `enrollment_id` is the token's for those.
class SeenBuffer {
 public:
  void note(const std::string& enrollment_id, Timestamp now);
  // What is known here and may not be in the database yet.
  [[nodiscard]] std::optional<Timestamp> find(const std::string& enrollment_id) const;

  struct Entry {
    std::string enrollment_id;
    Timestamp seen_at;
  };
  // Some of what is to be written, at most `limit`. It stays here until `written`.
  std::vector<Entry> take(std::size_t limit);
  void written(const std::vector<Entry>& entries);
  [[nodiscard]] std::size_t size() const;

 private:
  using Times = std::unordered_map<std::string, Timestamp>;
  mutable std::mutex mutex_;
  Times noted_;
  // What `take` hands out comes from here, and from nowhere else until it is empty: whoever is
  // heard of all the time must not keep the others waiting.
  Times writing_;
};

}  // namespace bramley
