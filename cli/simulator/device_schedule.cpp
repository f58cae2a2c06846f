#include "cli/simulator/device_schedule.h"

#include <algorithm>

namespace bramley {

DeviceSchedule::DeviceSchedule(std::size_t devices, double rate)
    : earliest_(std::chrono::steady_clock::now()) {
  for (std::size_t device = 0; device < devices; ++device) {
    due_.emplace(earliest_, device);
  }
  if (rate > 0) {
    pause_ = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(1.0 / rate));
  }
}

std::optional<DeviceSchedule::TimePoint> DeviceSchedule::next_turn() const {
  if (due_.empty()) {
    return std::nullopt;
  }
  return std::max(due_.top().first, earliest_);
}

std::optional<std::size_t> DeviceSchedule::take() {
  std::unique_lock lock(mutex_);
  while (!has_ended()) {
    const auto turn = next_turn();
    const TimePoint now = std::chrono::steady_clock::now();
    if (!turn) {
      changed_.wait(lock);
    } else if (*turn > now) {
      changed_.wait_until(lock, *turn);
    } else {
      const std::size_t device = due_.top().second;
      due_.pop();
      ++taken_;
      earliest_ = std::max(earliest_ + pause_, now);
      return device;
    }
  }
  return std::nullopt;
}

void DeviceSchedule::give_back(std::size_t device, std::optional<TimePoint> due) {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (due) {
    due_.emplace(*due, device);
  }
  changed_.notify_all();
}

void DeviceSchedule::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool DeviceSchedule::wait_for_end(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return has_ended(); });
}

}  // namespace bramley
