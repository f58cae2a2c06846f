#include "cli/simulator/simulation_statistics.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, QuantilesAreWithinFivePerCent) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5).count(), 0);
  for (int i = 1; i <= 1000; ++i) {
    histogram.add(microseconds(i * 100));
  }
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5).count()), 50'000, 2'500);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99).count()), 99'000, 5'000);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(1).count()), 100'000, 5'000);
  EXPECT_EQ(histogram.count(), 1000U);
}

TEST(LatencyHistogram, ExtremesHaveAPlace) {
  LatencyHistogram histogram;
  histogram.add(microseconds(0));
  EXPECT_LE(histogram.quantile(1).count(), 1);
  histogram.add(std::chrono::hours(24 * 365));
  EXPECT_GE(histogram.quantile(1), std::chrono::hours(1));
}

TEST(SimulationStatistics, CountsByMessageAndStatus) {
  SimulationStatistics statistics;
  statistics.record_answer("Idle", 200, microseconds(1000));
  statistics.record_answer("Idle", 400, microseconds(3000));
  statistics.record_no_answer("Idle");
  statistics.record_answer("CheckOut", 200, microseconds(10));
  const auto messages = statistics.messages();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].message, "Idle");
  EXPECT_EQ(messages[0].sent, 3U);
  EXPECT_EQ(messages[0].unanswered, 1U);
  EXPECT_EQ(messages[0].by_status, (std::map<int, std::uint64_t>{{200, 1}, {400, 1}}));
  EXPECT_GE(messages[0].p99, messages[0].p50);
  EXPECT_EQ(statistics.total(), 4U);
}

TEST(SimulationStatistics, KindsOfErrorsAreBounded) {
  SimulationStatistics statistics;
  for (int i = 0; i < 1000; ++i) {
    statistics.record_error("error " + std::to_string(i));
  }
  EXPECT_LE(statistics.errors().size(), 21U);
  EXPECT_EQ(statistics.errors().at("other errors"), 980U);
}

}  // namespace
}  // namespace bramley
