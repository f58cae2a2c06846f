#pragma once

// Private to the listener.

#include <atomic>
#include <cstdint>
#include <string>

#include "core/base/random.h"

namespace bramley {

// Names for requests: 16 hex digits that do not repeat within a process and hardly between two. Not
// secret, and cheap: no system call a request.
class TraceIds {
 public:
  explicit TraceIds(Random& random);
  std::string next();

 private:
  std::uint64_t seed_ = 0;
  std::atomic<std::uint64_t> counter_ = 0;
};

}  // namespace bramley
