#pragma once

#include <map>
#include <memory>

#include "core/base/metrics.h"

namespace bramley {

// Remembers what was counted; for one thread.
class RecordingMetrics : public Metrics {
 public:
  // As "name{value of label}". Of a histogram, how many there were.
  double operator[](const std::string& series) const {
    const auto found = values_.find(series);
    return found == values_.end() ? 0 : *found->second;
  }

  MetricCounter& counter(const MetricInfo& info, const MetricLabels& labels) override {
    return make<MetricCounter, Counter>(info, labels);
  }
  MetricGauge& gauge(const MetricInfo& info, const MetricLabels& labels) override {
    return make<MetricGauge, Gauge>(info, labels);
  }
  MetricHistogram& histogram(const MetricInfo& info, const std::vector<double>& /*bounds*/,
                             const MetricLabels& labels) override {
    return make<MetricHistogram, Histogram>(info, labels);
  }
  void source(Kind /*kind*/, const MetricInfo& /*info*/, Source /*read*/) override {}

 private:
  struct Counter : MetricCounter {
    explicit Counter(double& of) : value(of) {}
    void add(double amount) override { value += amount; }
    double& value;
  };
  struct Gauge : MetricGauge {
    explicit Gauge(double& of) : value(of) {}
    void set(double now) override { value = now; }
    double& value;
  };
  struct Histogram : MetricHistogram {
    explicit Histogram(double& of) : value(of) {}
    void observe(double /*seen*/) override { value += 1; }
    double& value;
  };

  template <class Interface, class Made>
  Interface& make(const MetricInfo& info, const MetricLabels& labels) {
    std::string series = info.name;
    for (const auto& [name, value] : labels) {
      series += "{" + value + "}";
    }
    auto& value = values_[series];
    if (!value) {
      value = std::make_unique<double>(0);
    }
    const auto made = std::make_shared<Made>(*value);
    made_.push_back(made);
    return *made;
  }

  std::map<std::string, std::unique_ptr<double>> values_;
  std::vector<std::shared_ptr<void>> made_;
};

}  // namespace bramley
