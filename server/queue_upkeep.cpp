#include "server/queue_upkeep.h"

#include <functional>

namespace bramley {
namespace {

constexpr std::int64_t rows_a_step = 200;
// A stop waits for a call at most.
constexpr int steps_a_call = 20;

void repeat(Log& log, const char* trouble, const std::function<Result<std::int64_t>()>& step) {
  for (int i = 0; i < steps_a_call; ++i) {
    const auto done = step();
    if (!done) {
      log.error(trouble, {{"cause", done.error().message}});
    }
    if (!done || *done < rows_a_step) {
      return;
    }
  }
}

}  // namespace

void tidy_queue(CommandQueue& queue, const HistoryLimits& limits, const Clock& clock, Log& log) {
  if (const auto finished = queue.finish_enqueueing(); !finished) {
    log.error("commands for many devices not queued yet for all of them",
              {{"cause", finished.error().message}});
  }
  repeat(log, "expired commands not settled",
         [&] { return queue.expire(clock.now(), rows_a_step); });
  repeat(log, "old results not deleted",
         [&] { return queue.forget(limits, clock.now(), rows_a_step); });
}

}  // namespace bramley
