#include "server/refusal_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

// As a server logs by default: no line for each request.
class QuietLog : public RecordingLog {
 public:
  [[nodiscard]] bool takes(LogLevel level) const override { return level >= lowest; }
  LogLevel lowest = LogLevel::info;
};

class RefusalLogTest : public testing::Test {
 protected:
  void refuse(const std::string& peer, int times, const std::string& message = "refused") {
    for (int i = 0; i < times; ++i) {
      log_.refusal(LogLevel::warn, message, peer, {{"peer", peer}});
    }
  }
  std::size_t lines(const std::string& what) const {
    const auto all = under_.lines();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& line) {
      return line.find(what) != std::string::npos;
    }));
  }

  QuietLog under_;
  FakeClock clock_;
  RefusalLog log_{under_, clock_};
};

TEST_F(RefusalLogTest, OnePeerHasSoManyLinesAMinuteAndTheRestIsCounted) {
  refuse("192.0.2.1", 25);
  refuse("192.0.2.2", 1);
  EXPECT_EQ(lines("warn refused peer=192.0.2.1"), 10U);
  EXPECT_EQ(lines("warn refused peer=192.0.2.2"), 1U);
  log_.flush();
  EXPECT_EQ(lines("left out"), 0U);
  clock_.advance(std::chrono::seconds(60));
  log_.flush();
  log_.flush();
  EXPECT_EQ(lines("left out"), 1U);
  EXPECT_EQ(lines("warn refusals left out of the log peer=192.0.2.1 refusal=refused count=15 "
                  "since=2026-11-24T00:00:00Z"),
            1U);
}

TEST_F(RefusalLogTest, TheNextRefusalAfterTheMinuteTellsTheCountAndIsWritten) {
  refuse("192.0.2.1", 11);
  clock_.advance(std::chrono::seconds(61));
  refuse("192.0.2.1", 1);
  EXPECT_EQ(lines("count=1 "), 1U);
  EXPECT_EQ(lines("warn refused peer=192.0.2.1"), 11U);
}

TEST_F(RefusalLogTest, OneKindOfRefusalDoesNotHideAnother) {
  refuse("192.0.2.1", 100);
  refuse("192.0.2.1", 1, "another");
  EXPECT_EQ(lines("warn another"), 1U);
}

TEST_F(RefusalLogTest, ManyPeersShareOneEntryWithoutGrowing) {
  for (std::size_t i = 0; i < RefusalLog::most_peers; ++i) {
    refuse("peer-" + std::to_string(i), 1);
  }
  for (int i = 0; i < 30; ++i) {
    refuse("late-" + std::to_string(i), 1);
  }
  EXPECT_EQ(lines("peer=late-"), 10U);
  clock_.advance(std::chrono::seconds(60));
  log_.flush();
  EXPECT_EQ(lines("left out of the log peer=others refusal=refused count=20"), 1U);
  refuse("late-0", 1);
  EXPECT_EQ(lines("peer=late-0"), 2U);
}

TEST_F(RefusalLogTest, AClockThatWasSetBackEndsTheMinute) {
  refuse("192.0.2.1", 12);
  clock_.advance(-std::chrono::hours(1));
  refuse("192.0.2.1", 1);
  EXPECT_EQ(lines("warn refused"), 11U);
}

TEST_F(RefusalLogTest, NothingIsLeftOutWhereEachRequestHasItsLine) {
  under_.lowest = LogLevel::request;
  refuse("192.0.2.1", 25);
  EXPECT_EQ(lines("warn refused"), 25U);
}

TEST_F(RefusalLogTest, OtherLinesPass) {
  for (int i = 0; i < 50; ++i) {
    log_.info("issued", {{"peer", "192.0.2.1"}});
  }
  EXPECT_EQ(lines("info issued"), 50U);
}

TEST_F(RefusalLogTest, WhatTheLevelLeavesOutIsNotCounted) {
  for (int i = 0; i < 25; ++i) {
    log_.refusal(LogLevel::debug, "noise", "192.0.2.1", {});
  }
  clock_.advance(std::chrono::seconds(60));
  log_.flush();
  EXPECT_TRUE(under_.lines().empty());
}

}  // namespace
}  // namespace bramley
