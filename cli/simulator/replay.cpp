#include "cli/simulator/replay.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace bramley {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::chrono::microseconds processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

class Replay {
 public:
  Replay(const PreparedFleet& fleet, const ReplayOptions& options, HttpClient& http,
         SimulationStatistics& statistics, const std::function<bool()>& keeps_going)
      : fleet_(fleet),
        options_(options),
        http_(http),
        statistics_(statistics),
        keeps_going_(keeps_going) {}

  std::uint64_t run() {
    const std::size_t threads = std::clamp<std::size_t>(
        options_.threads, 1, std::max<std::size_t>(fleet_.devices.size(), 1));
    std::vector<std::jthread> running;
    running.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
      running.emplace_back([this, i, threads] { run_thread(i, threads); });
    }
    running.clear();
    return sent_;
  }

 private:
  // Devices first, first + step, …: their requests stay in order without a lock.
  void run_thread(std::size_t first, std::size_t step) {
    do {
      for (std::size_t i = first; i < fleet_.devices.size(); i += step) {
        if (is_over()) {
          return;
        }
        send_all(fleet_.devices[i]);
      }
    } while (options_.duration.count() > 0);
  }

  [[nodiscard]] bool is_over() const {
    const bool time_is_up =
        options_.duration.count() > 0 && SteadyClock::now() - start_ >= options_.duration;
    return time_is_up || !keeps_going_();
  }

  void send_all(const PreparedDevice& device) {
    for (const auto& [name, request] : device.requests) {
      if (!options_.messages.empty() &&
          std::ranges::find(options_.messages, name) == options_.messages.end()) {
        continue;
      }
      // After a failure the next request may fare better.
      if (const auto sent = send_counted(http_, request, name, statistics_); !sent) {
        statistics_.record_error(sent.error().message);
      }
      ++sent_;
    }
  }

  const PreparedFleet& fleet_;
  const ReplayOptions& options_;
  HttpClient& http_;
  SimulationStatistics& statistics_;
  const std::function<bool()>& keeps_going_;
  SteadyClock::time_point start_ = SteadyClock::now();
  std::atomic<std::uint64_t> sent_ = 0;
};

}  // namespace

ReplaySummary replay(const PreparedFleet& fleet, const ReplayOptions& options, HttpClient& http,
                     SimulationStatistics& statistics, const std::function<bool()>& keeps_going) {
  const auto start = SteadyClock::now();
  const auto processor = processor_time();
  ReplaySummary summary;
  summary.devices = fleet.devices.size();
  summary.requests = Replay(fleet, options, http, statistics, keeps_going).run();
  summary.took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - start);
  summary.processor_time = processor_time() - processor;
  return summary;
}

}  // namespace bramley
