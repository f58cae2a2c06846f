#include "server/queue_census.h"

#include <gtest/gtest.h>

#include "server/prometheus_metrics.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

// Counts as it is told: so many steps to a count, or a failure.
struct Counter {
  int steps_to_go = 1;
  bool fails = false;
  int asked = 0;

  Status count_some(CommandQueue::Census& census) {
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
};

class QueueCensusTest : public testing::Test {
 protected:
  bool waiting_is(int number) const {
    return metrics_->text().find("bramley_queue_commands{state=\"waiting\"} " +
                                 std::to_string(number) + "\n") != std::string::npos;
  }

  Counter counter_;
  std::unique_ptr<PrometheusMetrics> metrics_ = make_prometheus_metrics();
  RecordingLog log_;
  QueueCensus census_{[this](CommandQueue::Census& census, std::int64_t /*rows*/) {
                        return counter_.count_some(census);
                      },
                      *metrics_, log_};
};

TEST_F(QueueCensusTest, PublishesACountOnceItIsFinished) {
  counter_.steps_to_go = 3;
  census_.round();
  EXPECT_TRUE(waiting_is(30)) << metrics_->text();
  EXPECT_NE(metrics_->text().find("{state=\"parked\"} 3\n"), std::string::npos);
  census_.round();
  EXPECT_TRUE(waiting_is(30));
}

TEST_F(QueueCensusTest, ALongCountTakesSeveralRoundsAndEachIsBounded) {
  counter_.steps_to_go = QueueCensus::steps_a_round + 5;
  census_.round();
  EXPECT_EQ(counter_.asked, QueueCensus::steps_a_round);
  EXPECT_TRUE(waiting_is(0));
  census_.round();
  EXPECT_TRUE(waiting_is(10 * counter_.steps_to_go));
}

TEST_F(QueueCensusTest, AFailureIsToldOnceAndTheLastCountStands) {
  census_.round();
  counter_.fails = true;
  census_.round();
  census_.round();
  EXPECT_EQ(log_.lines().size(), 1U);
  EXPECT_NE(log_.text().find("warn queues not counted cause=no disk"), std::string::npos);
  EXPECT_TRUE(waiting_is(10));
  counter_.fails = false;
  census_.round();
  EXPECT_TRUE(waiting_is(10));
}

}  // namespace
}  // namespace bramley
