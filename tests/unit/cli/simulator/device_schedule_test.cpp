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
