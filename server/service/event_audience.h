#pragma once

#include <atomic>

namespace bramley {

// Whether anybody is told what devices say, and how much of it. It changes while the server runs,
// and is asked at every message of a device: one read of an atomic.
class EventAudience {
 public:
  enum class Messages { drop, keep };
  enum class Idle { ignore, tell };

  // Until `set`: nobody listens.
  void set(bool present, Messages messages, Idle idle) {
    const unsigned kept = messages == Messages::keep ? keeps : 0U;
    const unsigned told = idle == Idle::tell ? hears : 0U;
    wishes_.store(present ? is_here | kept | told : 0U, std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_present() const { return (wishes() & is_here) != 0; }
  // The messages themselves, for webhooks; the feed does without them.
  [[nodiscard]] bool keeps_messages() const { return (wishes() & keeps) != 0; }
  [[nodiscard]] bool hears_idle() const { return (wishes() & hears) != 0; }

 private:
  static constexpr unsigned is_here = 1;
  static constexpr unsigned keeps = 2;
  static constexpr unsigned hears = 4;
  [[nodiscard]] unsigned wishes() const { return wishes_.load(std::memory_order_relaxed); }

  std::atomic<unsigned> wishes_ = 0;
};

}  // namespace bramley
