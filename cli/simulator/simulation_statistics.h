#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace bramley {

// Times from a microsecond to an hour, each known to within 5 %, in a fixed amount of memory.
class LatencyHistogram {
 public:
  void add(std::chrono::microseconds time);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The time that `share` (0 to 1) of all stayed at or below; zero when there are none.
  [[nodiscard]] std::chrono::microseconds quantile(double share) const;

 private:
  static constexpr std::size_t steps_per_octave = 16;
  static constexpr std::size_t octaves = 32;
  std::array<std::uint64_t, steps_per_octave * octaves> buckets_{};
  std::uint64_t count_ = 0;
};

struct MessageStatistics {
  std::string message;  // "Authenticate", "Idle", "SCEP"…
  std::uint64_t sent = 0;
  std::map<int, std::uint64_t> by_status;
  std::uint64_t unanswered = 0;
  std::chrono::microseconds p50{};
  std::chrono::microseconds p99{};
};

// What was sent and how it was answered. Safe to call from several threads.
class SimulationStatistics {
 public:
  void record_answer(const std::string& message, int status, std::chrono::microseconds time);
  void record_no_answer(const std::string& message);
  // What went wrong, in words: whoever gives an action up says it, once.
  void record_error(const std::string& what);

  // In the order in which they were first sent.
  [[nodiscard]] std::vector<MessageStatistics> messages() const;
  // What went wrong and how often; beyond some kinds, all others together.
  [[nodiscard]] std::map<std::string, std::uint64_t> errors() const;
  [[nodiscard]] std::uint64_t total() const;

 private:
  struct Message {
    MessageStatistics counts;
    LatencyHistogram times;
  };
  Message& find(const std::string& message);
  void count_error(const std::string& what);

  mutable std::mutex mutex_;
  std::vector<Message> messages_;
  std::map<std::string, std::uint64_t> errors_;
};

}  // namespace bramley
