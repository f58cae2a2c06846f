#include "server/queue_upkeep.h"

#include <gtest/gtest.h>

#include "server/store/store.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

TEST(QueueUpkeep, ExpiresAndForgetsInSteps) {
  FakeClock clock;
  RecordingLog log;
  const auto store = make_memory_store();
  CommandQueue& queue = store->commands();
  enroll_device(*store, "D1", clock.now());
  const std::vector<std::string> targets{"D1"};
  constexpr int commands = 450;  // more than two steps
  for (int i = 0; i < commands; ++i) {
    const Command command{"C" + std::to_string(i), "ProfileList", {}};
    ASSERT_TRUE(queue.enqueue(targets, command, clock.now(),
                              {.expires_at = clock.now() + std::chrono::hours(1)}));
  }
  tidy_queue(queue, {}, clock, log);
  EXPECT_EQ(queue.queue("D1", {.limit = 500})->items.size(), 450U);
  clock.advance(std::chrono::hours(1));
  tidy_queue(queue, {}, clock, log);
  EXPECT_TRUE(queue.queue("D1", {})->items.empty());
  EXPECT_EQ((*queue.find("C449"))->expired, 1);
  tidy_queue(queue, {.results = 3}, clock, log);
  EXPECT_EQ(queue.list({}, {.limit = 500})->items.size(), 3U);
  EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace bramley
