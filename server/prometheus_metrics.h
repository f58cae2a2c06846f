#pragma once

#include <memory>
#include <string>

#include "core/base/metrics.h"

namespace bramley {

// Metrics that Prometheus reads.
class PrometheusMetrics : public Metrics {
 public:
  // All of them, in Prometheus' text format 0.0.4, sorted by name. Asks the sources.
  [[nodiscard]] virtual std::string text() const = 0;
};

std::unique_ptr<PrometheusMetrics> make_prometheus_metrics();

}  // namespace bramley
