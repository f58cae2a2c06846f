#include "server/queue_census.h"

#include <gtest/gtest.h>

#include "server/prometheus_metrics.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

// Counts as it is told: so many steps to a count, or a failure.
class CountedQueue : public CommandQueue {
 public:
  int steps_to_go = 1;
  bool fails = false;
  mutable int asked = 0;

  Status count_some(Census& census, std::int64_t /*rows*/) const override {
    ++asked;
    if (fails) {
      return Error{ErrorCode::unavailable, "no disk"};
    }
    census.waiting += 10;
    census.parked += 1;
    census.after += 1;  // from -1
    census.complete = census.after + 1 >= steps_to_go;
    return {};
  }

  Result<std::vector<Refusal>> enqueue(std::span<const std::string>, const Command&,
                                       Timestamp) override {
    return std::vector<Refusal>();
  }
  Result<std::optional<Command>> settle_and_next(const CommandReport&, Timestamp) override {
    return std::optional<Command>();
  }
  Result<std::optional<CommandSummary>> find(std::string_view) const override {
    return std::optional<CommandSummary>();
  }
  Result<std::optional<Command>> command(std::string_view) const override {
    return std::optional<Command>();
  }
  Result<Page<CommandSummary>> list(const CommandFilter&, const PageRequest&) const override {
    return Page<CommandSummary>();
  }
  Result<Page<CommandDelivery>> results(std::string_view, const PageRequest&) const override {
    return Page<CommandDelivery>();
  }
  Result<Page<CommandDelivery>> queue(std::string_view, const PageRequest&) const override {
    return Page<CommandDelivery>();
  }
  Status clear(std::string_view, Timestamp) override { return {}; }
};

class QueueCensusTest : public testing::Test {
 protected:
  bool waiting_is(int number) const {
    return metrics_->text().find("bramley_queue_commands{state=\"waiting\"} " +
                                 std::to_string(number) + "\n") != std::string::npos;
  }

  CountedQueue queue_;
  std::unique_ptr<PrometheusMetrics> metrics_ = make_prometheus_metrics();
  RecordingLog log_;
  QueueCensus census_{queue_, *metrics_, log_};
};

TEST_F(QueueCensusTest, PublishesACountOnceItIsFinished) {
  queue_.steps_to_go = 3;
  census_.round();
  EXPECT_TRUE(waiting_is(30)) << metrics_->text();
  EXPECT_NE(metrics_->text().find("{state=\"parked\"} 3\n"), std::string::npos);
  census_.round();
  EXPECT_TRUE(waiting_is(30));
}

TEST_F(QueueCensusTest, ALongCountTakesSeveralRoundsAndEachIsBounded) {
  queue_.steps_to_go = QueueCensus::steps_a_round + 5;
  census_.round();
  EXPECT_EQ(queue_.asked, QueueCensus::steps_a_round);
  EXPECT_TRUE(waiting_is(0));
  census_.round();
  EXPECT_TRUE(waiting_is(10 * queue_.steps_to_go));
}

TEST_F(QueueCensusTest, AFailureIsToldOnceAndTheLastCountStands) {
  census_.round();
  queue_.fails = true;
  census_.round();
  census_.round();
  EXPECT_EQ(log_.lines().size(), 1U);
  EXPECT_NE(log_.text().find("warn queues not counted cause=no disk"), std::string::npos);
  EXPECT_TRUE(waiting_is(10));
  queue_.fails = false;
  census_.round();
  EXPECT_TRUE(waiting_is(10));
}

}  // namespace
}  // namespace bramley
