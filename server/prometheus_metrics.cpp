#include "server/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>

namespace bramley {
namespace {

class Counter : public MetricCounter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};
class Gauge : public MetricGauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};
class Histogram : public MetricHistogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

prometheus::Labels labels_of(const MetricLabels& labels) {
  return {labels.begin(), labels.end()};
}

// What a source says, as a family of its own.
struct AskedFamily {
  Metrics::Kind kind;
  MetricInfo info;
  Metrics::Source read;

  [[nodiscard]] prometheus::MetricFamily collect() const {
    const bool counts = kind == Metrics::Kind::counter;
    prometheus::MetricFamily family;
    family.name = info.name;
    family.help = info.help;
    family.type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const MetricSample& sample : read()) {
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : sample.labels) {
        metric.label.push_back({name, value});
      }
      (counts ? metric.counter.value : metric.gauge.value) = sample.value;
      family.metric.push_back(std::move(metric));
    }
    return family;
  }
};

// The registry keeps the numbers; this keeps what hands them on.
class RegisteredMetrics : public PrometheusMetrics {
 public:
  MetricCounter& counter(const MetricInfo& info, const MetricLabels& labels) override {
    return made<Counter>(counters_, info, labels, [&]() -> prometheus::Counter& {
      return prometheus::BuildCounter().Name(info.name).Help(info.help).Register(registry_).Add(
          labels_of(labels));
    });
  }

  MetricGauge& gauge(const MetricInfo& info, const MetricLabels& labels) override {
    return made<Gauge>(gauges_, info, labels, [&]() -> prometheus::Gauge& {
      return prometheus::BuildGauge().Name(info.name).Help(info.help).Register(registry_).Add(
          labels_of(labels));
    });
  }

  MetricHistogram& histogram(const MetricInfo& info, const std::vector<double>& bounds,
                             const MetricLabels& labels) override {
    return made<Histogram>(histograms_, info, labels, [&]() -> prometheus::Histogram& {
      return prometheus::BuildHistogram().Name(info.name).Help(info.help).Register(registry_).Add(
          labels_of(labels), bounds);
    });
  }

  void source(Kind kind, const MetricInfo& info, Source read) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::make_shared<AskedFamily>(AskedFamily{kind, info, std::move(read)}));
  }

  [[nodiscard]] std::string text() const override {
    auto families = registry_.Collect();
    std::vector<std::shared_ptr<const AskedFamily>> asked;
    {
      const std::lock_guard lock(mutex_);
      asked = asked_;
    }
    for (const auto& family : asked) {
      families.push_back(family->collect());
    }
    std::sort(families.begin(), families.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    return std::move(text).str();
  }

 private:
  template <class Wrapper>
  using Made = std::map<std::pair<std::string, MetricLabels>, std::unique_ptr<Wrapper>>;

  template <class Wrapper, class Make>
  Wrapper& made(Made<Wrapper>& all, const MetricInfo& info, const MetricLabels& labels,
                const Make& make) {
    const std::lock_guard lock(mutex_);
    auto& kept = all[{info.name, labels}];
    if (!kept) {
      kept = std::make_unique<Wrapper>(make());
    }
    return *kept;
  }

  prometheus::Registry registry_;
  mutable std::mutex mutex_;
  Made<Counter> counters_;
  Made<Gauge> gauges_;
  Made<Histogram> histograms_;
  std::vector<std::shared_ptr<const AskedFamily>> asked_;
};

}  // namespace

std::unique_ptr<PrometheusMetrics> make_prometheus_metrics() {
  return std::make_unique<RegisteredMetrics>();
}

}  // namespace bramley
