#include "server/service/push_dispatcher.h"

#include "server/service/push_fixture.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Dispatcher = PushFixture;

TEST_F(Dispatcher, PushesWhatIsDueOnceAndAgainAfterAWhile) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  queue("D1", "C2");
  run(*dispatcher);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
  clock_.advance(std::chrono::minutes(10));
  run(*dispatcher);
  EXPECT_THAT(pushed(), IsEmpty());
  clock_.advance(std::chrono::minutes(10));
  run(*dispatcher);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
  EXPECT_EQ(dispatcher->counters().of(Kind::sent), 2U);
  EXPECT_EQ(dispatcher->counters().claimed, 2U);
  EXPECT_EQ(dispatcher->counters().repeated, 1U);
}

TEST_F(Dispatcher, NobodyIsPushedWhenAllIsDone) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  run(*dispatcher);
  report("D1", ReportStatus::acknowledged, "C1");
  pushed();
  clock_.advance(std::chrono::hours(48));
  run(*dispatcher);
  EXPECT_THAT(pushed(), IsEmpty());
}

TEST_F(Dispatcher, ACommandThatIsQueuedWhileAPushIsUnderWayHasItsOwn) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  provider_.keep = true;
  run(*dispatcher);
  queue("D1", "C2");
  provider_.keep = false;
  provider_.kept.at(0)({.kind = Kind::sent});
  run(*dispatcher);
  pushed();
  clock_.advance(PushSchedule::coalescing);
  run(*dispatcher);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
}

TEST_F(Dispatcher, FailuresAreRetriedLaterEachTime) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  answer("D1", Kind::server_trouble);
  std::vector<std::chrono::seconds> times;
  const Timestamp start = clock_.now();
  for (int second = 0; second < 200; ++second) {
    run(*dispatcher);
    if (!pushed().empty()) {
      times.push_back(clock_.now() - start);
    }
    clock_.advance(std::chrono::seconds(1));
  }
  // About 0, 5, 15, 35, 75, 155.
  ASSERT_GE(times.size(), 5U);
  EXPECT_LE(times.size(), 8U);
  EXPECT_EQ(times[0], std::chrono::seconds(0));
  EXPECT_GE(times[1], std::chrono::seconds(3));
  EXPECT_GT(times.back() - times[times.size() - 2], times[1] - times[0]);
  EXPECT_EQ(dispatcher->counters().of(Kind::server_trouble), times.size());
}

TEST_F(Dispatcher, UnregisteredStopsPushesAndNothingElse) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  answer("D1", Kind::unregistered, clock_.now() + std::chrono::seconds(1));
  run(*dispatcher);
  EXPECT_EQ(push_state("D1"), PushState::unregistered);
  EXPECT_THAT(log_.text(), HasSubstr("warn push enrollment=D1 outcome=unregistered"));
  pushed();
  clock_.advance(std::chrono::hours(100));
  queue("D1", "C2");
  run(*dispatcher);
  EXPECT_THAT(pushed(), IsEmpty());
  EXPECT_EQ(store_->commands().queue("D1", {})->items.size(), 2U);
  provider_.answers.clear();
  enroll("D1");  // Authenticate, TokenUpdate
  EXPECT_EQ(push_state("D1"), PushState::ok);
}

TEST_F(Dispatcher, WhatAppleSaysOfAnOlderTokenIsTriedAgain) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  answer("D1", Kind::unregistered, clock_.now() - std::chrono::seconds(1));
  run(*dispatcher);
  EXPECT_EQ(push_state("D1"), PushState::ok);
  pushed();
  clock_.advance(std::chrono::hours(12));
  run(*dispatcher);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
}

TEST_F(Dispatcher, TwoServersPushEachOnce) {
  const auto one = dispatcher({.batch = 3});
  const auto other = dispatcher({.batch = 3});
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back("D" + std::to_string(i));
    enroll(ids.back());
    queue(ids.back(), "C" + std::to_string(i));
  }
  for (int i = 0; i < 10; ++i) {
    one->run_once();
    other->run_once();
  }
  EXPECT_THAT(pushed(), testing::UnorderedElementsAreArray(ids));
}

TEST_F(Dispatcher, WhatAServerLeftUnsettledAnotherTakesOver) {
  enroll("D1");
  queue("D1", "C1");
  provider_.keep = true;
  {
    const auto killed = dispatcher({.drain = std::chrono::milliseconds(1)});
    killed->run_once();
  }
  pushed();
  provider_.keep = false;
  const auto next = dispatcher();
  run(*next);
  EXPECT_THAT(pushed(), IsEmpty());
  clock_.advance(PushDispatcher::Options().lease);
  run(*next);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
}

TEST_F(Dispatcher, AFleetThatIsOverdueAtAStartIsSpreadAndFirstPushesAreNot) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    ids.push_back("D" + std::to_string(i));
    enroll(ids.back());
    queue(ids.back(), "C" + std::to_string(i));
  }
  run(*dispatcher());
  enroll("fresh");
  queue("fresh", "C-fresh");
  pushed();
  clock_.advance(std::chrono::hours(24));  // off all day
  const auto started = dispatcher();
  run(*started);
  EXPECT_THAT(pushed(), ElementsAre("fresh"));
  EXPECT_EQ(started->counters().spread_out, 40U);
  int moments = 0;
  std::vector<std::string> all;
  for (int minute = 0; minute < 16; ++minute) {
    clock_.advance(std::chrono::minutes(1));
    run(*started);
    const auto now = pushed();
    moments += now.empty() ? 0 : 1;
    all.insert(all.end(), now.begin(), now.end());
  }
  EXPECT_THAT(all, testing::IsSupersetOf(ids));
  EXPECT_GE(moments, 8);
}

TEST_F(Dispatcher, NoMoreAreUnderWayThanAllowed) {
  const auto dispatcher = this->dispatcher({.most_under_way = 3});
  for (int i = 0; i < 5; ++i) {
    enroll("D" + std::to_string(i));
    queue("D" + std::to_string(i), "C" + std::to_string(i));
  }
  provider_.keep = true;
  run(*dispatcher);
  EXPECT_EQ(pushed().size(), 3U);
  provider_.kept.at(0)({.kind = Kind::sent});
  run(*dispatcher);
  EXPECT_EQ(pushed().size(), 1U);
  EXPECT_EQ(dispatcher->counters().under_way, 3U);
}

TEST_F(Dispatcher, ADatabaseThatIsAwayIsSaidOnceAndLosesNobody) {
  const auto dispatcher = this->dispatcher();
  enroll("D1");
  queue("D1", "C1");
  schedule_.fails = true;
  run(*dispatcher);
  run(*dispatcher);
  const std::string text = log_.text();
  EXPECT_THAT(text, HasSubstr("error the schedule of pushes cannot be served"));
  EXPECT_EQ(text.find("cannot be served"), text.rfind("cannot be served"));
  schedule_.fails = false;
  run(*dispatcher);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
  EXPECT_THAT(log_.text(), HasSubstr("served again"));
}

TEST_F(Dispatcher, ItsThreadPushesWhatIsQueuedAndStopsWithTheAnswersWritten) {
  const auto dispatcher = this->dispatcher();
  dispatcher->start();
  enroll("D1");
  queue("D1", "C1");
  dispatcher->wake();
  for (int i = 0; i < 3000 && dispatcher->counters().of(Kind::sent) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  dispatcher->stop();
  EXPECT_EQ(dispatcher->counters().of(Kind::sent), 1U);
  EXPECT_GT(**store_->push_schedule().next_due(), clock_.now() + PushDispatcher::Options().lease);
}

}  // namespace
}  // namespace bramley
