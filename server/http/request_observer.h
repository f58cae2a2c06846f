#pragma once

#include <array>
#include <atomic>
#include <chrono>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/http_message.h"
#include "server/http/request_facts.h"

namespace bramley {

// One line a request, at LogLevel::request, and its counters:
//   bramley_http_requests_total{endpoint,message,status}
//   bramley_http_request_seconds{endpoint,message}
//   bramley_device_refusals_total{cause}
// Safe to call from several threads. Series are made when they are first needed, and there can be
// only as many as the fixed lists of names allow.
class RequestObserver {
 public:
  // Both outlive this.
  RequestObserver(Metrics& metrics, Log& log);

  // `took`: from the whole request in hand to the response in hand, commit included; not what the
  // network takes.
  void finished(const HttpRequest& request, const RequestFacts& facts, int status,
                std::chrono::nanoseconds took);
  // A request that no handler saw.
  void refused_at_the_door(int status);

 private:
  static constexpr std::size_t statuses = 36;
  static constexpr std::size_t refusal_causes = 8;
  struct Series {
    std::atomic<MetricHistogram*> seconds = nullptr;
    std::array<std::atomic<MetricCounter*>, statuses> by_status = {};
  };

  MetricCounter& counter(RequestEndpoint endpoint, RequestMessage message, int status);
  MetricHistogram& histogram(RequestEndpoint endpoint, RequestMessage message);
  Series& series(RequestEndpoint endpoint, RequestMessage message);
  void write_line(const HttpRequest& request, const RequestFacts& facts, int status,
                  std::chrono::nanoseconds took);

  Metrics& metrics_;
  Log& log_;
  std::array<std::array<Series, request_messages>, request_endpoints> series_;
  std::array<MetricCounter*, refusal_causes> refusals_ = {};
};

}  // namespace bramley
