#pragma once

#include "server/http/listener.h"
#include "server/prometheus_metrics.h"

namespace bramley {

// GET /metrics, and nothing else: 404 for another path, 405 for another method. Asks for no
// password, so its listener is for those who may read everything that is counted.
class MetricsHandler : public HttpHandler {
 public:
  explicit MetricsHandler(const PrometheusMetrics& metrics) : metrics_(metrics) {}
  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  const PrometheusMetrics& metrics_;
};

}  // namespace bramley
