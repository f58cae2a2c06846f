#include "cli/simulator/push_mailbox.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace bramley {
namespace {

using namespace std::chrono_literals;

class Mailbox : public testing::Test {
 protected:
  PushMailbox& open(double offline_share = 0) {
    mailbox_.emplace(PushMailboxOptions{offline_share, 3600s, 1}, clock_);
    mailbox_->set_wake([this](std::size_t device, PushMailbox::TimePoint when) {
      woken_.emplace_back(device, when);
    });
    mailbox_->subscribe("aa", 7, "magic");
    return *mailbox_;
  }
  PushNotification push(std::chrono::seconds keep = 0s) {
    return {"aa", "topic", "magic", clock_.now() + keep};
  }

  FakeClock clock_;
  std::optional<PushMailbox> mailbox_;
  std::vector<std::pair<std::size_t, PushMailbox::TimePoint>> woken_;
};

TEST_F(Mailbox, WakesTheDeviceAtOnce) {
  EXPECT_EQ(open().deliver(push()).status, 200);
  ASSERT_EQ(woken_.size(), 1U);
  EXPECT_EQ(woken_[0].first, 7U);
  EXPECT_LE(woken_[0].second, std::chrono::steady_clock::now());
}

TEST_F(Mailbox, AnotherMagicWakesNobodyAndIsNotRefused) {
  PushNotification other = push();
  other.magic = "other";
  EXPECT_EQ(open().deliver(other).status, 200);
  EXPECT_TRUE(woken_.empty());
}

TEST_F(Mailbox, AnUnknownTokenIsBad) {
  PushNotification other = push();
  other.token = "bb";
  EXPECT_EQ(open().deliver(other).reason, "BadDeviceToken");
}

TEST_F(Mailbox, ADeviceThatLeftIsGoneSinceThen) {
  PushMailbox& mailbox = open();
  mailbox.unsubscribe("aa");
  const Timestamp left = clock_.now();
  clock_.advance(60s);
  const PushAnswer answer = mailbox.deliver(push());
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.since, left);
  mailbox.subscribe("aa", 7, "magic");
  EXPECT_EQ(mailbox.deliver(push()).status, 200);
}

TEST_F(Mailbox, ADeviceThatIsOffHearsLaterOfAPushThatMayWait) {
  PushMailbox& mailbox = open(1);
  EXPECT_EQ(mailbox.deliver(push(24h)).status, 200);
  EXPECT_EQ(mailbox.deliver(push(24h)).status, 200);
  ASSERT_EQ(woken_.size(), 2U);
  EXPECT_GT(woken_[0].second, std::chrono::steady_clock::now() + 3000s);
  EXPECT_EQ(woken_[0].second, woken_[1].second) << "both when it is on again";
  EXPECT_EQ(mailbox.lost(), 0U);
}

// apns-expiration 0: not kept. Whoever sends that loses the devices that are off.
TEST_F(Mailbox, ADeviceThatIsOffNeverHearsOfAPushThatMayNotWait) {
  PushMailbox& mailbox = open(1);
  EXPECT_EQ(mailbox.deliver(push(0s)).status, 200);
  EXPECT_TRUE(woken_.empty());
  EXPECT_EQ(mailbox.lost(), 1U);
}

TEST_F(Mailbox, NobodyToWakeIsNoFault) {
  PushMailbox& mailbox = open();
  mailbox.set_wake({});
  EXPECT_EQ(mailbox.deliver(push()).status, 200);
}

}  // namespace
}  // namespace bramley
