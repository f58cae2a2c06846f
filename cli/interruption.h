#pragma once

#include <atomic>
#include <csignal>

namespace bramley {

// Makes SIGINT and SIGTERM a wish to end soon, for as long as it lives. Made before any thread, so
// that all of them inherit the mask.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Whether one has come. After that, a second one ends the process at once. Safe to call from
  // several threads.
  bool has_come();

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::atomic<bool> come_ = false;
};

}  // namespace bramley
