#include "cli/simulator/simulation_statistics.h"

#include <algorithm>
#include <cmath>

namespace bramley {
namespace {

// Enough to see what is wrong; a message may hold a changing part, so kinds are bounded.
constexpr std::size_t most_kinds_of_error = 20;

}  // namespace

void LatencyHistogram::add(std::chrono::microseconds time) {
  const double octave = std::log2(static_cast<double>(std::max<std::int64_t>(time.count(), 1)));
  const auto bucket = static_cast<std::size_t>(octave * steps_per_octave);
  ++buckets_[std::min(bucket, buckets_.size() - 1)];
  ++count_;
}

std::chrono::microseconds LatencyHistogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * share));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      const double octave = (static_cast<double>(bucket) + 1) / steps_per_octave;
      return std::chrono::microseconds(static_cast<std::int64_t>(std::exp2(octave)));
    }
  }
  return {};
}

SimulationStatistics::Message& SimulationStatistics::find(const std::string& message) {
  const auto found = std::ranges::find_if(
      messages_, [&message](const Message& known) { return known.counts.message == message; });
  if (found != messages_.end()) {
    return *found;
  }
  Message& added = messages_.emplace_back();
  added.counts.message = message;
  return added;
}

void SimulationStatistics::count_error(const std::string& what) {
  const bool is_known = errors_.contains(what) || errors_.size() < most_kinds_of_error;
  ++errors_[is_known ? what : "other errors"];
}

void SimulationStatistics::record_answer(const std::string& message, int status,
                                         std::chrono::microseconds time) {
  const std::lock_guard lock(mutex_);
  Message& known = find(message);
  ++known.counts.sent;
  ++known.counts.by_status[status];
  known.times.add(time);
}

void SimulationStatistics::record_no_answer(const std::string& message) {
  const std::lock_guard lock(mutex_);
  Message& known = find(message);
  ++known.counts.sent;
  ++known.counts.unanswered;
}

void SimulationStatistics::record_error(const std::string& what) {
  const std::lock_guard lock(mutex_);
  count_error(what);
}

std::vector<MessageStatistics> SimulationStatistics::messages() const {
  const std::lock_guard lock(mutex_);
  std::vector<MessageStatistics> all;
  for (const Message& message : messages_) {
    all.push_back(message.counts);
    all.back().p50 = message.times.quantile(0.5);
    all.back().p99 = message.times.quantile(0.99);
  }
  return all;
}

std::map<std::string, std::uint64_t> SimulationStatistics::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

std::uint64_t SimulationStatistics::total() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Message& message : messages_) {
    sum += message.counts.sent;
  }
  return sum;
}

}  // namespace bramley
