#include "cli/simulator/device_schedule.h"

#include <algorithm>

namespace bramley {

DeviceSchedule::DeviceSchedule(std::size_t devices, double rate)
    : devices_(devices), unfinished_(devices), earliest_(std::chrono::steady_clock::now()) {
  for (std::size_t device = 0; device < devices; ++device) {
    wait_until(device, earliest_);
  }
  if (rate > 0) {
    pause_ = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(1.0 / rate));
  }
}

void DeviceSchedule::wait_until(std::size_t device, TimePoint due) {
  devices_[device] = {Condition::waiting, due, std::nullopt};
  due_.emplace(due, device);
}

std::optional<DeviceSchedule::TimePoint> DeviceSchedule::next_turn() {
  while (!due_.empty()) {
    const auto& [due, index] = due_.top();
    const Device& device = devices_[index];
    if (device.condition == Condition::waiting && device.due == due) {
      return std::max(due, earliest_);
    }
    due_.pop();
  }
  return std::nullopt;
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
      devices_[device].condition = Condition::taken;
      earliest_ = std::max(earliest_ + pause_, now);
      return device;
    }
  }
  return std::nullopt;
}

void DeviceSchedule::give_back(std::size_t device, std::optional<TimePoint> due) {
  const std::lock_guard lock(mutex_);
  if (due) {
    wait_until(device, std::min(*due, devices_[device].woken.value_or(*due)));
  } else {
    devices_[device].condition = Condition::finished;
    --unfinished_;
  }
  changed_.notify_all();
}

void DeviceSchedule::wake(std::size_t device, TimePoint when) {
  const std::lock_guard lock(mutex_);
  Device& sleeper = devices_[device];
  if (sleeper.condition == Condition::taken) {
    sleeper.woken = std::min(when, sleeper.woken.value_or(when));
  } else if (sleeper.condition == Condition::waiting && when < sleeper.due) {
    wait_until(device, when);
    changed_.notify_all();
  }
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
