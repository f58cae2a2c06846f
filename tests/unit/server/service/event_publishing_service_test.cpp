#include "server/service/event_publishing_service.h"

#include <gtest/gtest.h>

#include "server/service/enrollment_service.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

class EventPublishing : public testing::Test {
 protected:
  void listen(EventAudience::Messages messages, EventAudience::Idle idle) {
    audience_.set(true, messages, idle);
  }
  static CheckinMessage check_in(std::string_view type, const std::string& more = "") {
    const std::string plist =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>"
        "<key>MessageType</key><string>" +
        std::string(type) + "</string><key>UDID</key><string>D1</string><key>Topic</key><string>" +
        test_topic + "</string>" + more + "</dict></plist>\n";
    auto message = *parse_checkin(as_bytes(plist));
    message.query = "a=1";
    return message;
  }
  CheckinReply say(const CheckinMessage& message) {
    auto reply = service_.check_in(identity_, message);
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? *std::move(reply) : CheckinReply{};
  }
  void report(const std::string& uuid, const std::string& status) {
    EXPECT_TRUE(service_.report(identity_, test_report("D1", uuid, status)));
  }
  std::string topics() {
    std::string text;
    const auto events = *store_->events().after(0, {}, 100);
    for (const Event& event : events) {
      text.append(text.empty() ? "" : " ").append(event.topic);
    }
    return text;
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  EventBell bell_;
  EventAudience audience_;
  std::unique_ptr<Store> store_ = make_memory_store();
  EnrollmentService core_{store_->enrollments(), store_->commands(), clock_, log_};
  EventPublishingService service_{core_, store_->events(), bell_, audience_, clock_, random_};
  DeviceIdentity identity_{test_certificate({{"CN", "D1"}})};
};

using Messages = EventAudience::Messages;
using Idle = EventAudience::Idle;
constexpr const char* token_keys =
    "<key>PushMagic</key><string>m</string><key>Token</key><data>qw==</data>";

TEST_F(EventPublishing, TellsOfEveryCheckInAndReport) {
  listen(Messages::keep, Idle::tell);
  say(check_in("Authenticate"));
  say(check_in("TokenUpdate", token_keys));
  say(check_in("GetBootstrapToken"));
  report("C1", "Acknowledged");
  report("C2", "NotNow");
  say(check_in("CheckOut"));
  EXPECT_EQ(topics(),
            "mdm.Authenticate mdm.TokenUpdate mdm.GetBootstrapToken mdm.Connect mdm.Connect "
            "mdm.CheckOut");
  const auto events = *store_->events().after(0, {}, 100);
  EXPECT_EQ(events[1].token_update_tally, 1);
  EXPECT_EQ(events[1].query, "a=1");
  EXPECT_EQ(events[1].created_at, clock_.now());
  EXPECT_EQ(events[1].id.size(), 16U);
  EXPECT_NE(events[1].id, events[2].id);
  EXPECT_EQ(events[3].command_uuid, "C1");
  EXPECT_EQ(events[4].status, "NotNow");
  EXPECT_EQ(*store_->events().raw(events[1].number), check_in("TokenUpdate", token_keys).raw);
  EXPECT_EQ(bell_.wait(0, std::chrono::milliseconds(0)), 6U);
}

TEST_F(EventPublishing, ADeclinedUserIsAnEventAndARefusedMessageIsNone) {
  listen(Messages::keep, Idle::tell);
  EXPECT_FALSE(service_.check_in(identity_, check_in("TokenUpdate", token_keys)));
  EXPECT_EQ(topics(), "");
  say(check_in("Authenticate"));
  EXPECT_EQ(say(check_in("UserAuthenticate", "<key>UserID</key><string>U1</string>")).kind,
            CheckinReply::Kind::user_declined);
  EXPECT_EQ(topics(), "mdm.Authenticate mdm.UserAuthenticate");
}

TEST_F(EventPublishing, IdleIsToldLaterOrNotAtAll) {
  listen(Messages::keep, Idle::tell);
  report("", "Idle");
  EXPECT_EQ(topics(), "");
  ASSERT_TRUE(store_->events().flush());
  EXPECT_EQ(topics(), "mdm.Connect");
  listen(Messages::keep, Idle::ignore);
  report("", "Idle");
  ASSERT_TRUE(store_->events().flush());
  EXPECT_EQ(topics(), "mdm.Connect");
}

// Webhooks come and go while the server runs.
TEST_F(EventPublishing, WhileNobodyListensNothingIsWritten) {
  say(check_in("Authenticate"));
  report("C1", "Acknowledged");
  report("", "Idle");
  ASSERT_TRUE(store_->events().flush());
  EXPECT_EQ(topics(), "");
  listen(Messages::keep, Idle::tell);
  report("C2", "Acknowledged");
  EXPECT_EQ(topics(), "mdm.Connect");
  audience_.set(false, Messages::keep, Idle::tell);
  report("C3", "Acknowledged");
  report("", "Idle");
  ASSERT_TRUE(store_->events().flush());
  EXPECT_EQ(topics(), "mdm.Connect");
}

TEST_F(EventPublishing, TheFeedAloneKeepsNoMessages) {
  listen(Messages::drop, Idle::ignore);
  say(check_in("Authenticate"));
  EXPECT_TRUE(store_->events().raw(*store_->events().newest())->empty());
}

}  // namespace
}  // namespace bramley
