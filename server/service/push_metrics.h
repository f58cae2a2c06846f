#pragma once

#include <array>
#include <chrono>

#include "core/base/metrics.h"

namespace bramley {

// What became of one attempt to push. sent: Apple took it. unregistered: 410. bad_token: Apple
// refused the token or its topic (BadDeviceToken, DeviceTokenNotForTopic). throttled: 429. refused:
// any other 4xx, the push certificate's faults among them. apple_failed: 5xx. unreachable: no
// answer (connection, GOAWAY, time). no_certificate: none in force for the topic.
enum class PushResult {
  sent,
  unregistered,
  bad_token,
  throttled,
  refused,
  apple_failed,
  unreachable,
  no_certificate
};

// bramley_push_attempts_total{outcome}, bramley_push_seconds, bramley_push_waiting,
// bramley_push_coalesced_total, bramley_push_connections_opened_total. For whoever pushes.
class PushMetrics {
 public:
  explicit PushMetrics(Metrics& metrics);
  void count(PushResult result) { results_.at(static_cast<std::size_t>(result))->add(); }
  // From the request on the wire to Apple's answer.
  void answered_in(std::chrono::nanoseconds took) {
    seconds_.observe(std::chrono::duration<double>(took).count());
  }
  // Pushes that were not sent because one to the same device was under way.
  void coalesced(std::size_t pushes) { coalesced_.add(static_cast<double>(pushes)); }
  void connection_opened() { connections_.add(); }
  // Devices that are to be pushed, now or later.
  void set_waiting(std::size_t devices) { waiting_.set(static_cast<double>(devices)); }

 private:
  std::array<MetricCounter*, 8> results_;
  MetricHistogram& seconds_;
  MetricCounter& coalesced_;
  MetricCounter& connections_;
  MetricGauge& waiting_;
};

}  // namespace bramley
