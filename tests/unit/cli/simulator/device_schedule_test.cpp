#include "cli/simulator/device_schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace bramley {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

TEST(DeviceSchedule, EachDeviceHasItsTurnAndThenItEnds) {
  DeviceSchedule schedule(3, 0);
  std::set<std::size_t> taken;
  for (int i = 0; i < 3; ++i) {
    const auto device = schedule.take();
    ASSERT_TRUE(device);
    taken.insert(*device);
    schedule.give_back(*device, std::nullopt);
  }
  EXPECT_EQ(taken.size(), 3U);
  EXPECT_FALSE(schedule.take());
  EXPECT_TRUE(schedule.wait_for_end(0ms));
}

TEST(DeviceSchedule, WaitsUntilADeviceIsDue) {
  DeviceSchedule schedule(1, 0);
  const auto start = SteadyClock::now();
  schedule.give_back(*schedule.take(), start + 50ms);
  EXPECT_FALSE(schedule.wait_for_end(0ms));
  EXPECT_TRUE(schedule.take());
  EXPECT_GE(SteadyClock::now() - start, 50ms);
}

TEST(DeviceSchedule, KeepsToTheRate) {
  DeviceSchedule schedule(11, 200);
  const auto start = SteadyClock::now();
  for (int i = 0; i < 11; ++i) {
    schedule.give_back(*schedule.take(), std::nullopt);
  }
  EXPECT_GE(SteadyClock::now() - start, 50ms);
}

TEST(DeviceSchedule, ManyThreadsTakeEachTurnOnce) {
  DeviceSchedule schedule(100, 0);
  std::vector<int> turns(100);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (const auto device = schedule.take()) {
          const bool again = ++turns[*device] < 5;
          schedule.give_back(*device, again ? std::optional(SteadyClock::now()) : std::nullopt);
        }
      });
    }
  }
  EXPECT_EQ(turns, std::vector<int>(100, 5));
}

TEST(DeviceSchedule, AWokenDeviceIsDueAtOnceAndOnce) {
  DeviceSchedule schedule(2, 0);
  schedule.give_back(*schedule.take(), SteadyClock::now() + 1h);
  schedule.give_back(*schedule.take(), SteadyClock::now() + 1h);
  schedule.wake(1, SteadyClock::now());
  schedule.wake(1, SteadyClock::now() + 10min);
  EXPECT_EQ(schedule.take(), 1U);
  schedule.give_back(1, std::nullopt);
  schedule.wake(0, SteadyClock::now());
  EXPECT_EQ(schedule.take(), 0U) << "what was due for 1 before is void";
}

TEST(DeviceSchedule, ADeviceThatIsWokenDuringItsTurnHasAnother) {
  DeviceSchedule schedule(1, 0);
  const auto device = *schedule.take();
  schedule.wake(device, SteadyClock::now());
  schedule.give_back(device, SteadyClock::now() + 1h);
  EXPECT_EQ(schedule.take(), device);
  schedule.give_back(device, SteadyClock::now() + 1h);
  EXPECT_FALSE(schedule.wait_for_end(0ms));
}

TEST(DeviceSchedule, AFinishedDeviceSleepsOn) {
  DeviceSchedule schedule(1, 0);
  schedule.give_back(*schedule.take(), std::nullopt);
  schedule.wake(0, SteadyClock::now());
  EXPECT_FALSE(schedule.take());
}

TEST(DeviceSchedule, WakingReachesWhoeverWaits) {
  DeviceSchedule schedule(1, 0);
  schedule.give_back(*schedule.take(), SteadyClock::now() + 1h);
  std::jthread waiting([&] { EXPECT_TRUE(schedule.take()); });
  schedule.wake(0, SteadyClock::now());
}

TEST(DeviceSchedule, StopWakesWhoeverWaits) {
  DeviceSchedule schedule(1, 0);
  schedule.give_back(*schedule.take(), SteadyClock::now() + 1h);
  std::jthread waiting([&] { EXPECT_FALSE(schedule.take()); });
  schedule.stop();
  waiting.join();
  EXPECT_TRUE(schedule.wait_for_end(0ms));
}

}  // namespace
}  // namespace bramley
