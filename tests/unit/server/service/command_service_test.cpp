#include "server/service/command_service.h"

#include <gtest/gtest.h>

#include "tests/support/enrolled_device.h"
#include "tests/support/fake_push_service.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

using Ids = std::vector<std::string>;

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    enroll_device(*store_, "D1", clock_.now());
    enroll_device(*store_, "D2", clock_.now());
  }
  Result<QueuedCommand> send(const Ids& targets, const std::string& plist,
                             AfterQueueing then = AfterQueueing::push) {
    return service_.send(targets, as_bytes(plist), then);
  }

  FakeClock clock_;
  RecordingLog log_;
  FakePushService pushes_;
  std::unique_ptr<Store> store_ = make_memory_store();
  CommandService service_{store_->commands(), pushes_, clock_, log_};
};

TEST_F(Commands, AreQueuedByteForByteAndPushed) {
  const std::string plist = test_command("C1");
  const auto sent = send({"D1", "D2"}, plist);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->uuid, "C1");
  EXPECT_EQ(sent->request_type, "DeviceInformation");
  EXPECT_EQ(sent->created_at, clock_.now());
  EXPECT_EQ(sent->queued(), 2U);
  EXPECT_EQ(sent->pushes.size(), 2U);
  EXPECT_EQ(to_text(store_->commands().command("C1").value()->plist), plist);
}

TEST_F(Commands, ATargetNamedTwiceCountsOnce) {
  const auto sent = send({"D1", "D2", "D1"}, test_command("C1"));
  EXPECT_EQ(sent->targets, 2U);
  EXPECT_EQ(sent->queued(), 2U);
  EXPECT_EQ(pushes_.pushed, (Ids{"D1", "D2"}));
}

TEST_F(Commands, ARefusedTargetIsNotPushed) {
  const auto sent = send({"D9", "D1", "D9"}, test_command("C1"));
  EXPECT_EQ(sent->targets, 2U);
  EXPECT_EQ(sent->queued(), 1U);
  ASSERT_EQ(sent->refused.size(), 1U);
  EXPECT_EQ(sent->refused[0].enrollment_id, "D9");
  EXPECT_EQ(pushes_.pushed, Ids{"D1"});
}

TEST_F(Commands, WithEveryTargetRefusedNobodyIsPushedAndNothingStored) {
  const auto sent = send({"D9"}, test_command("C1"));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->queued(), 0U);
  EXPECT_TRUE(pushes_.pushed.empty());
  EXPECT_FALSE(store_->commands().find("C1").value());
}

TEST_F(Commands, WithoutAPushNobodyIsPushed) {
  const auto sent = send({"D1"}, test_command("C1"), AfterQueueing::no_push);
  EXPECT_EQ(sent->queued(), 1U);
  EXPECT_TRUE(sent->pushes.empty());
  EXPECT_TRUE(pushes_.pushed.empty());
  EXPECT_FALSE(*store_->push_schedule().next_due());
}

TEST_F(Commands, AFleetIsWokenInTheBackground) {
  const auto sent = send({"D1"}, test_command("C1"), AfterQueueing::wake);
  EXPECT_TRUE(sent->pushes.empty());
  EXPECT_TRUE(pushes_.pushed.empty());
  EXPECT_EQ(pushes_.wakes, 1);
  EXPECT_EQ(*store_->push_schedule().next_due(), clock_.now());
}

TEST_F(Commands, APushHasTheTicketOfItsCommand) {
  ASSERT_TRUE(send({"D1"}, test_command("C1")));
  EXPECT_EQ(pushes_.tickets, std::vector<std::int64_t>{17});
  EXPECT_EQ(*store_->push_schedule().next_due(), clock_.now() + PushSchedule::time_of_caller);
}

TEST_F(Commands, AFailedPushUndoesNothing) {
  pushes_.errors.emplace("D1", Error{ErrorCode::unavailable, "no way"});
  const auto sent = send({"D1"}, test_command("C1"));
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->pushes[0].notification_id);
  EXPECT_EQ(store_->commands().queue("D1", {}).value().items.size(), 1U);
}

TEST_F(Commands, NeedAPlistWithAUuidAndAType) {
  for (const std::string& plist :
       {std::string(), std::string("x"), std::string("<plist><dict/></plist>"), test_command(""),
        test_command("C1", "")}) {
    const auto sent = send({"D1"}, plist);
    ASSERT_FALSE(sent) << plist;
    EXPECT_EQ(sent.error().code, ErrorCode::malformed);
  }
  EXPECT_TRUE(pushes_.pushed.empty());
}

TEST_F(Commands, NeedATarget) {
  EXPECT_EQ(send({}, test_command("C1")).error().code, ErrorCode::malformed);
}

TEST_F(Commands, AUuidIsGoodOnce) {
  ASSERT_TRUE(send({"D1"}, test_command("C1")));
  const auto again = send({"D2"}, test_command("C1"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_EQ(pushes_.pushed, Ids{"D1"});
}

TEST_F(Commands, AreLogged) {
  ASSERT_TRUE(send({"D1", "D9"}, test_command("C1")));
  EXPECT_EQ(log_.text(),
            "info command queued command_uuid=C1 request_type=DeviceInformation queued=1 "
            "refused=1 token_id= token_name=\n");
}

}  // namespace
}  // namespace bramley
