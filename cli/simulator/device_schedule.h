#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace bramley {

// Which device acts next, for the threads that move them. Every device is due at once when it
// starts.
class DeviceSchedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `rate`: so many turns a second at most; 0: as many as there can be.
  DeviceSchedule(std::size_t devices, double rate);

  // The device whose turn it is; waits for it. Nothing when all have finished, or after stop.
  std::optional<std::size_t> take();
  // The turn of a device is over: it is due again then, or has finished.
  void give_back(std::size_t device, std::optional<TimePoint> due);
  // No more turns; those that were taken go on.
  void stop();
  // Whether all have finished or it was stopped; waits that long for it.
  bool wait_for_end(std::chrono::milliseconds patience);

 private:
  [[nodiscard]] bool has_ended() const { return stopped_ || (due_.empty() && taken_ == 0); }
  // When somebody can be taken; nothing while all are taken.
  [[nodiscard]] std::optional<TimePoint> next_turn() const;

  using Due = std::pair<TimePoint, std::size_t>;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::size_t taken_ = 0;
  bool stopped_ = false;
  std::chrono::steady_clock::duration pause_{};
  TimePoint earliest_;
};

}  // namespace bramley
