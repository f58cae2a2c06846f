#pragma once

#include <chrono>
#include <functional>

#include "cli/simulator/prepared_requests.h"

namespace bramley {

struct ReplayOptions {
  std::size_t threads = 4;
  // Rounds over all devices go on until then; zero: one round.
  std::chrono::seconds duration{};
  // Which of a device's requests a round sends, in the order in which they were prepared; empty:
  // all.
  std::vector<std::string> messages = {};
};

struct ReplaySummary {
  std::size_t devices = 0;
  std::uint64_t requests = 0;
  std::chrono::microseconds took{};
  // Processor time of this process meanwhile: what the generator itself costs.
  std::chrono::microseconds processor_time{};
};

// Sends prepared requests as fast as answers come: every thread has its own devices and one
// connection. `keeps_going` is asked now and then and ends it with false.
ReplaySummary replay(const PreparedFleet& fleet, const ReplayOptions& options, HttpClient& http,
                     SimulationStatistics& statistics, const std::function<bool()>& keeps_going);

}  // namespace bramley
