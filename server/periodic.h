#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace bramley {

// Runs `work` every `interval` on a thread of its own until it is destroyed; the first time after
// one interval. `work` must not throw.
class Periodic {
 public:
  Periodic(std::chrono::milliseconds interval, std::function<void()> work);
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;
  // Waits for a run that is under way.
  ~Periodic();

 private:
  void run();

  const std::chrono::milliseconds interval_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bramley
