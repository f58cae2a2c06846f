#include "core/base/metrics.h"

namespace bramley {
namespace {

class NullCounter : public MetricCounter {
 public:
  void add(double) override {}
};
class NullGauge : public MetricGauge {
 public:
  void set(double) override {}
};
class NullHistogram : public MetricHistogram {
 public:
  void observe(double) override {}
};

class NullMetrics : public Metrics {
 public:
  MetricCounter& counter(const MetricInfo&, const MetricLabels&) override { return counter_; }
  MetricGauge& gauge(const MetricInfo&, const MetricLabels&) override { return gauge_; }
  MetricHistogram& histogram(const MetricInfo&, const std::vector<double>&,
                             const MetricLabels&) override {
    return histogram_;
  }
  void source(Kind, const MetricInfo&, Source) override {}

 private:
  NullCounter counter_;
  NullGauge gauge_;
  NullHistogram histogram_;
};

}  // namespace

Metrics& no_metrics() {
  static NullMetrics none;
  return none;
}

}  // namespace bramley
