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
  // The device is due at `when`, if it was not due earlier; one that has its turn is due again
  // after it. Does nothing to one that has finished.
  void wake(std::size_t device, TimePoint when);
  // No more turns; those that were taken go on.
  void stop();
  // Whether all have finished or it was stopped; waits that long for it.
  bool wait_for_end(std::chrono::milliseconds patience);

 private:
  enum class Condition { waiting, taken, finished };
  struct Device {
    Condition condition = Condition::waiting;
    TimePoint due;                   // while it waits
    std::optional<TimePoint> woken;  // while it is taken: asked for meanwhile
  };
  using Due = std::pair<TimePoint, std::size_t>;

  [[nodiscard]] bool has_ended() const { return stopped_ || unfinished_ == 0; }
  // When somebody can be taken; nothing while all are taken.
  [[nodiscard]] std::optional<TimePoint> next_turn();
  void wait_until(std::size_t device, TimePoint due);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Device> devices_;
  // Whoever was woken is in it twice; what its device's own `due` does not confirm is void.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::size_t unfinished_;
  bool stopped_ = false;
  std::chrono::steady_clock::duration pause_{};
  TimePoint earliest_;
};

}  // namespace bramley
