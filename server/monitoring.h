#pragma once

#include <memory>
#include <optional>

#include "server/http/listener.h"
#include "server/http/request_observer.h"
#include "server/metrics_handler.h"
#include "server/periodic.h"
#include "server/prometheus_metrics.h"
#include "server/queue_census.h"
#include "server/refusal_log.h"
#include "server/service/webhook_metrics.h"

namespace bramley {

// All that tells how the server does: what it counts, the lines of requests, and who may read them.
class Monitoring {
 public:
  // Both outlive this.
  Monitoring(Log& log, const Clock& clock);

  Metrics& metrics() { return *metrics_; }
  RequestObserver& requests() { return requests_; }
  // For the doors that strangers knock at: see RefusalLog.
  Log& door_log() { return door_log_; }
  WebhookMetrics& webhooks() { return webhooks_; }

  // Counts what waits there from now on, until stop(). The queue outlives that.
  void watch(const CommandQueue& queue);
  // Answers /metrics at `endpoint` until stop(). Returns the port. Errors: as Listener::start.
  Result<std::uint16_t> listen(ListenerEndpoint endpoint);
  void reload_tls();
  // Idempotent.
  void stop();

 private:
  Log& log_;
  std::unique_ptr<PrometheusMetrics> metrics_;
  RefusalLog door_log_;
  RequestObserver requests_;
  WebhookMetrics webhooks_;
  std::optional<QueueCensus> census_;
  MetricsHandler handler_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Periodic>> background_;
};

}  // namespace bramley
