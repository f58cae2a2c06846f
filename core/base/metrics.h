#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bramley {

// What a layer counts, without knowing who reads it. All of it is safe to call from several threads
// and cheap enough for every request: whoever counts asks for a metric once, at its making, and
// keeps the reference.

class MetricCounter {
 public:
  virtual ~MetricCounter() = default;
  virtual void add(double amount = 1) = 0;  // never less than 0
};

class MetricGauge {
 public:
  virtual ~MetricGauge() = default;
  virtual void set(double value) = 0;
};

class MetricHistogram {
 public:
  virtual ~MetricHistogram() = default;
  virtual void observe(double value) = 0;
};

// `bramley_…` with the unit at the end, as Prometheus names things: seconds, bytes, `_total` for
// counters. `help` is one sentence.
struct MetricInfo {
  std::string name;
  std::string help;
};
// Values come from a fixed list, or from what the administrator set up (push topics): never from
// what a device or a stranger sent. Each combination is kept for ever.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricSample {
  MetricLabels labels = {};
  double value = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;
  // The same object for the same name and labels; valid as long as this.
  virtual MetricCounter& counter(const MetricInfo& info, const MetricLabels& labels = {}) = 0;
  virtual MetricGauge& gauge(const MetricInfo& info, const MetricLabels& labels = {}) = 0;
  // `bounds`: upper ones, rising; the last, infinite one comes by itself.
  virtual MetricHistogram& histogram(const MetricInfo& info, const std::vector<double>& bounds,
                                     const MetricLabels& labels = {}) = 0;

  // What is asked for at each reading instead of kept: `read` must be quick and must not throw.
  enum class Kind { gauge, counter };
  using Source = std::function<std::vector<MetricSample>()>;
  virtual void source(Kind kind, const MetricInfo& info, Source read) = 0;
};

// Counts nothing; for tests, and where nobody reads.
Metrics& no_metrics();

}  // namespace bramley
