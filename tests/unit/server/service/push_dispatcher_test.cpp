#include "server/service/push_dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/service/apns_push_service.h"
#include "server/store/store.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_push_provider.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A schedule whose database is away when it is told to.
class FailingSchedule : public PushSchedule {
 public:
  explicit FailingSchedule(PushSchedule& next) : next_(next) {}
  Result<std::vector<DuePush>> claim(Timestamp now, std::size_t limit, Timestamp lease_end,
                                     std::int64_t ticket) override {
    if (fails) {
      return away();
    }
    return next_.claim(now, limit, lease_end, ticket);
  }
  Status settle(std::span<const PushSettlement> settlements, Timestamp now) override {
    return fails ? Status(away()) : next_.settle(settlements, now);
  }
  Result<std::optional<Timestamp>> next_due() const override { return next_.next_due(); }
  Result<std::vector<Result<DuePush>>> addresses(std::span<const std::string> ids) const override {
    if (fails) {
      return away();
    }
    return next_.addresses(ids);
  }

  std::atomic<bool> fails = false;

 private:
  static Error away() { return {ErrorCode::unavailable, "database is away"}; }
  PushSchedule& next_;
};

class Dispatcher : public testing::Test {
 protected:
  // The token of a device is its name.
  void enroll(const std::string& id) {
    enroll_device(*store_, id, clock_.now());
    TokenUpdate update;
    update.topic = "com.apple.mgmt.test";
    update.push_magic = "magic";
    update.token = to_bytes(id);
    ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::device(id), update,
                                                        as_bytes("<raw/>"), clock_.now()));
  }
  void queue(const std::string& id, const std::string& uuid,
             PushOrder order = {PushOrder::By::dispatcher}) {
    const Command command{uuid, "DeviceInformation", to_bytes("<plist/>")};
    ASSERT_TRUE(
        store_->commands().enqueue(std::vector<std::string>{id}, command, clock_.now(), order));
  }
  void report(const std::string& id, ReportStatus status, const std::string& uuid) {
    ASSERT_TRUE(store_->commands().settle_and_next({EnrollmentId::device(id), status, "", uuid, {}},
                                                   clock_.now()));
  }
  PushState push_state(const std::string& id) {
    return (*store_->enrollments().find(id))->push_state;
  }
  // Who was pushed since the last time.
  std::vector<std::string> pushed() {
    const std::lock_guard lock(provider_.mutex);
    std::vector<std::string> ids;
    for (const std::string& token : provider_.pushed) {
      ids.push_back(to_text(*decode_hex(token)));
    }
    provider_.pushed.clear();
    return ids;
  }
  void answer(const std::string& id, Kind kind,
              std::optional<Timestamp> unregistered_at = std::nullopt) {
    provider_.answers[encode_hex(as_bytes(id))] = {
        .kind = kind, .problem = "because", .unregistered_at = unregistered_at};
  }
  // Twice: what the first run begins, the second writes down.
  void run(PushDispatcher& dispatcher) {
    dispatcher.run_once();
    dispatcher.run_once();
  }
  std::unique_ptr<PushDispatcher> dispatcher(PushDispatcher::Options options = {}) {
    return std::make_unique<PushDispatcher>(
        PushDispatcher::Ports{schedule_, provider_, clock_, random_, log_}, options);
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  FailingSchedule schedule_{store_->push_schedule()};
  FakePushProvider provider_;
};

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

class PushesOfCallers : public Dispatcher {
 protected:
  ApnsPushService service(std::chrono::milliseconds longest_wait = std::chrono::seconds(60)) {
    return {schedule_, *dispatcher_, random_, longest_wait};
  }
  std::unique_ptr<PushDispatcher> dispatcher_ = dispatcher();
};

TEST_F(PushesOfCallers, AreAnsweredIdByIdInTheirOrder) {
  enroll("D1");
  enroll("D2");
  answer("D2", Kind::too_many);
  const std::vector<std::string> ids = {"D1", "nobody", "D2", "D1"};
  const auto outcomes = service().push(ids, 0);
  ASSERT_EQ(outcomes.size(), 4U);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(outcomes[i].enrollment_id, ids[i]);
  }
  EXPECT_EQ(*outcomes[0].notification_id, "id-4431");
  EXPECT_EQ(outcomes[1].notification_id.error().code, ErrorCode::not_found);
  EXPECT_EQ(outcomes[2].notification_id.error().message, "because");
  EXPECT_EQ(*outcomes[3].notification_id, "id-4431");
  EXPECT_THAT(pushed(), ElementsAre("D1", "D2"));
}

TEST_F(PushesOfCallers, CountForTheSchedule) {
  enroll("D1");
  auto pushes = service();
  const auto ticket = pushes.ticket();
  queue("D1", "C1", {PushOrder::By::caller, ticket});
  EXPECT_TRUE(pushes.push(std::vector<std::string>{"D1"}, ticket)[0].notification_id);
  run(*dispatcher_);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
  clock_.advance(std::chrono::minutes(5));
  run(*dispatcher_);
  EXPECT_THAT(pushed(), IsEmpty());
  clock_.advance(std::chrono::minutes(15));
  run(*dispatcher_);
  EXPECT_THAT(pushed(), ElementsAre("D1"));
}

TEST_F(PushesOfCallers, WaitNoLongerThanTheyMayAndLateAnswersCount) {
  enroll("D1");
  provider_.keep = true;
  auto pushes = service(std::chrono::milliseconds(1));
  const auto ticket = pushes.ticket();
  queue("D1", "C1", {PushOrder::By::caller, ticket});
  const auto outcomes = pushes.push(std::vector<std::string>{"D1"}, ticket);
  EXPECT_EQ(*outcomes[0].notification_id, "");
  provider_.kept.at(0)(
      {.kind = Kind::unregistered, .unregistered_at = clock_.now() + std::chrono::seconds(9)});
  run(*dispatcher_);
  EXPECT_EQ(push_state("D1"), PushState::unregistered);
}

TEST_F(PushesOfCallers, AreRefusedWithoutATokenOrAfterApplesNo) {
  enroll("D1");
  answer("D1", Kind::unregistered, clock_.now() + std::chrono::seconds(1));
  EXPECT_FALSE(service().push(std::vector<std::string>{"D1"}, 0)[0].notification_id);
  run(*dispatcher_);
  pushed();
  const auto again = service().push(std::vector<std::string>{"D1"}, 0);
  EXPECT_EQ(again[0].notification_id.error().code, ErrorCode::conflict);
  EXPECT_THAT(pushed(), IsEmpty());
}

TEST_F(PushesOfCallers, SayThatTheDatabaseIsAway) {
  schedule_.fails = true;
  const auto outcomes = service().push(std::vector<std::string>{"D1", "D2"}, 0);
  EXPECT_EQ(outcomes[0].notification_id.error().message, "database is away");
  EXPECT_EQ(outcomes[1].notification_id.error().message, "database is away");
}

TEST_F(PushesOfCallers, MoreThanMayWaitAreRefused) {
  dispatcher_ = dispatcher({.most_under_way = 1, .most_waiting = 2});
  enroll("D1");
  enroll("D2");
  enroll("D3");
  provider_.keep = true;
  const auto outcomes =
      service(std::chrono::milliseconds(1)).push(std::vector<std::string>{"D1", "D2", "D3"}, 0);
  EXPECT_EQ(*outcomes[0].notification_id, "");
  EXPECT_EQ(*outcomes[1].notification_id, "");
  EXPECT_EQ(outcomes[2].notification_id.error().message, "too many pushes wait already");
}

}  // namespace
}  // namespace bramley
