#include "server/queue_census.h"

namespace bramley {
namespace {

MetricGauge& commands(Metrics& metrics, const char* state) {
  return metrics.gauge({"bramley_queue_commands",
                        "Commands in all queues, one for each device that is to have it, by state; "
                        "counted every few seconds."},
                       {{"state", state}});
}

}  // namespace

QueueCensus::QueueCensus(CountSome count_some, Metrics& metrics, Log& log)
    : count_some_(std::move(count_some)),
      waiting_(commands(metrics, "waiting")),
      parked_(commands(metrics, "parked")),
      log_(log) {}

void QueueCensus::round() {
  for (int step = 0; step < steps_a_round; ++step) {
    if (const Status counted = count_some_(census_, rows_a_step); !counted) {
      if (!failing_) {
        log_.warn("queues not counted", {{"cause", counted.error().message}});
      }
      failing_ = true;
      census_ = {};
      return;
    }
    failing_ = false;
    if (census_.complete) {
      publish();
      return;
    }
  }
}

void QueueCensus::publish() {
  waiting_.set(static_cast<double>(census_.waiting));
  parked_.set(static_cast<double>(census_.parked));
  census_ = {};
}

}  // namespace bramley
