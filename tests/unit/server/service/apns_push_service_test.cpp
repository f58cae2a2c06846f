#include "server/service/apns_push_service.h"

#include <thread>

#include "server/service/push_fixture.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

class PushesOfCallers : public PushFixture {
 protected:
  ApnsPushService& service(std::chrono::milliseconds longest_wait = std::chrono::seconds(60)) {
    service_ = std::make_unique<ApnsPushService>(schedule_, *dispatcher_, random_, longest_wait);
    return *service_;
  }
  std::unique_ptr<PushDispatcher> dispatcher_ = dispatcher();
  std::unique_ptr<ApnsPushService> service_;
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
  auto& pushes = service();
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
  auto& pushes = service(std::chrono::milliseconds(1));
  const auto ticket = pushes.ticket();
  queue("D1", "C1", {PushOrder::By::caller, ticket});
  const auto outcomes = pushes.push(std::vector<std::string>{"D1"}, ticket);
  EXPECT_EQ(*outcomes[0].notification_id, "");
  provider_.kept.at(0)(
      {.kind = Kind::unregistered, .unregistered_at = clock_.now() + std::chrono::seconds(9)});
  run(*dispatcher_);
  EXPECT_EQ(push_state("D1"), PushState::unregistered);
}

TEST_F(PushesOfCallers, FewWaitSoThatDevicesAreServed) {
  enroll("D1");
  provider_.keep = true;
  auto& pushes = service();
  std::vector<std::thread> waiting;
  for (int i = 0; i < ApnsPushService::most_waiting; ++i) {
    waiting.emplace_back([&] { (void)pushes.push(std::vector<std::string>{"D1"}, 0); });
  }
  const auto begun = [&] { return dispatcher_->counters().under_way.load(); };
  while (begun() < std::size_t{ApnsPushService::most_waiting}) {
    std::this_thread::yield();
  }
  EXPECT_EQ(*pushes.push(std::vector<std::string>{"D1"}, 0)[0].notification_id, "");
  for (auto& answer : provider_.kept) {
    answer({.kind = Kind::sent});
  }
  for (auto& thread : waiting) {
    thread.join();
  }
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

// An error would make the caller send the command again, and the device is pushed all the same.
TEST_F(PushesOfCallers, MoreThanMayWaitAreLeftToTheSchedule) {
  dispatcher_ = dispatcher({.most_under_way = 8, .most_waiting = 2});
  auto& pushes = service();
  const auto ticket = pushes.ticket();
  const std::vector<std::string> ids = {"D1", "D2", "D3"};
  for (const std::string& id : ids) {
    enroll(id);
    queue(id, "C-" + id, {PushOrder::By::caller, ticket});
  }
  const auto outcomes = pushes.push(ids, ticket);
  EXPECT_EQ(*outcomes[0].notification_id, "id-4431");
  EXPECT_EQ(*outcomes[1].notification_id, "id-4432");
  EXPECT_EQ(*outcomes[2].notification_id, "");
  EXPECT_THAT(pushed(), ElementsAre("D1", "D2"));
  clock_.advance(PushSchedule::time_of_caller);
  run(*dispatcher_);
  EXPECT_THAT(pushed(), ElementsAre("D3"));
}

}  // namespace
}  // namespace bramley
