#pragma once

#include <functional>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "server/store/command_queue.h"

namespace bramley {

// bramley_queue_commands{state}, counted in the background in small steps. A reading costs nothing
// whatever the size of the queues; the numbers are those of the last count that was finished.
class QueueCensus {
 public:
  static constexpr std::int64_t rows_a_step = 5000;
  static constexpr int steps_a_round = 40;

  // CommandQueue::count_some of the queue.
  using CountSome = std::function<Status(CommandQueue::Census& census, std::int64_t rows)>;
  // All outlive this. For one thread.
  QueueCensus(CountSome count_some, Metrics& metrics, Log& log);
  // Counts on, for at most steps_a_round steps. An Error is logged, the first of a row only, and
  // the count begins afresh.
  void round();

 private:
  void publish();
  const CountSome count_some_;
  MetricGauge& waiting_;
  MetricGauge& parked_;
  Log& log_;
  CommandQueue::Census census_;
  bool failing_ = false;
};

}  // namespace bramley
