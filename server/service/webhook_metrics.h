#pragma once

#include <array>
#include <chrono>

#include "core/base/metrics.h"

namespace bramley {

// delivered: 2xx. refused: 4xx. failed: any other status. unreachable: no answer. parked: given up
// after the limit of attempts, which are counted for themselves too.
enum class WebhookResult { delivered, refused, failed, unreachable, parked };

// bramley_webhook_attempts_total{outcome}, bramley_webhook_seconds, bramley_webhook_lag_seconds,
// bramley_webhook_events{state}. For whoever delivers events.
class WebhookMetrics {
 public:
  explicit WebhookMetrics(Metrics& metrics);
  void count(WebhookResult result) { results_.at(static_cast<std::size_t>(result))->add(); }
  void answered_in(std::chrono::nanoseconds took) {
    seconds_.observe(std::chrono::duration<double>(took).count());
  }
  // How long ago the oldest event happened that is still to be delivered and is not parked; zero:
  // nothing waits. To be set at each round, also when nothing is sent.
  void set_lag(std::chrono::seconds lag) { lag_.set(static_cast<double>(lag.count())); }
  void set_waiting(std::size_t events) { waiting_.set(static_cast<double>(events)); }
  void set_parked(std::size_t events) { parked_.set(static_cast<double>(events)); }

 private:
  std::array<MetricCounter*, 5> results_;
  MetricHistogram& seconds_;
  MetricGauge& lag_;
  MetricGauge& waiting_;
  MetricGauge& parked_;
};

}  // namespace bramley
