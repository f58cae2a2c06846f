#include "server/prometheus_metrics.h"

#include <gtest/gtest.h>

#include <thread>

#include "server/metrics_handler.h"
#include "server/process_metrics.h"

namespace bramley {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(PrometheusMetrics, WritesWhatWasCounted) {
  const auto metrics = make_prometheus_metrics();
  auto& counter = metrics->counter({"b_total", "Bs."}, {{"kind", "x\"\n"}});
  counter.add();
  counter.add(2);
  metrics->gauge({"a", "As."}).set(4.5);
  auto& histogram = metrics->histogram({"c_seconds", "Cs."}, {0.1, 1});
  histogram.observe(0.1);
  histogram.observe(5);
  const std::string text = metrics->text();
  EXPECT_TRUE(has_line(text, "# HELP b_total Bs.")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE b_total counter")) << text;
  EXPECT_TRUE(has_line(text, R"(b_total{kind="x\"\n"} 3)")) << text;
  EXPECT_TRUE(has_line(text, "a 4.5")) << text;
  EXPECT_TRUE(has_line(text, R"(c_seconds_bucket{le="0.1"} 1)")) << text;
  EXPECT_TRUE(has_line(text, R"(c_seconds_bucket{le="+Inf"} 2)")) << text;
  EXPECT_TRUE(has_line(text, "c_seconds_count 2")) << text;
  EXPECT_LT(text.find("# HELP a "), text.find("# HELP b_total"));
}

TEST(PrometheusMetrics, TheSameNameAndLabelsAreTheSameMetric) {
  const auto metrics = make_prometheus_metrics();
  auto& first = metrics->counter({"a_total", "As."}, {{"kind", "x"}});
  EXPECT_EQ(&first, &metrics->counter({"a_total", "As."}, {{"kind", "x"}}));
  EXPECT_NE(&first, &metrics->counter({"a_total", "As."}, {{"kind", "y"}}));
}

TEST(PrometheusMetrics, SourcesAreAskedAtEachReading) {
  const auto metrics = make_prometheus_metrics();
  double value = 1;
  metrics->source(Metrics::Kind::gauge, {"a", "As."},
                  [&] { return std::vector<MetricSample>{{{{"kind", "x"}}, value}}; });
  metrics->source(Metrics::Kind::counter, {"b_total", "Bs."},
                  [] { return std::vector<MetricSample>(); });
  EXPECT_TRUE(has_line(metrics->text(), R"(a{kind="x"} 1)"));
  value = 2;
  EXPECT_TRUE(has_line(metrics->text(), R"(a{kind="x"} 2)"));
  EXPECT_TRUE(has_line(metrics->text(), "# TYPE b_total counter"));
}

TEST(PrometheusMetrics, ThreadsCountTogether) {
  const auto metrics = make_prometheus_metrics();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        metrics->counter({"a_total", "As."}).add();
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(has_line(metrics->text(), "a_total 4000"));
}

TEST(NoMetrics, TakesEverything) {
  no_metrics().counter({"a_total", "As."}).add();
  no_metrics().gauge({"a", "As."}).set(1);
  no_metrics().histogram({"a_seconds", "As."}, {1}).observe(1);
  no_metrics().source(Metrics::Kind::gauge, {"b", "Bs."},
                      [] { return std::vector<MetricSample>(); });
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const auto metrics = make_prometheus_metrics();
  add_process_metrics(*metrics);
  const std::string text = metrics->text();
  const auto value_of = [&](const std::string& name) {
    const std::size_t at = ("\n" + text).find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
  };
  EXPECT_GE(value_of("process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of("process_resident_memory_bytes"), 100'000);
  EXPECT_GT(value_of("process_virtual_memory_bytes"), value_of("process_resident_memory_bytes"));
  EXPECT_GE(value_of("process_threads"), 1);
  EXPECT_GE(value_of("process_open_fds"), 3);
  EXPECT_GE(value_of("process_max_fds"), value_of("process_open_fds"));
  EXPECT_GT(value_of("process_start_time_seconds"), 1e9);
  EXPECT_NE(text.find("bramley_build_info{version=\""), std::string::npos);
}

TEST(MetricsHandler, AnswersOnePathAndReadingOnly) {
  const auto metrics = make_prometheus_metrics();
  metrics->counter({"a_total", "As."}).add();
  MetricsHandler handler(*metrics);
  HttpRequest request;
  request.method = "GET";
  request.target = "/metrics?x";
  HttpResponse response = handler.handle(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_TRUE(has_line(std::string(as_text(response.body)), "a_total 1"));
  request.method = "POST";
  EXPECT_EQ(handler.handle(request).status, 405);
  EXPECT_EQ(handler.body_limit(request), 0U);
  request.method = "GET";
  for (const auto* path : {"/", "/mdm", "/metrics/", "/api/v1/enrollments"}) {
    request.target = path;
    EXPECT_EQ(handler.handle(request).status, 404) << path;
  }
}

}  // namespace
}  // namespace bramley
