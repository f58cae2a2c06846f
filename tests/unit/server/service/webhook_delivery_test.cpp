#include "server/service/webhook_delivery.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/recording_metrics.h"
#include "tests/support/seeded_random.h"
#include "tests/support/webhook_receiver.h"

namespace bramley {
namespace {

using namespace std::chrono_literals;
using Round = WebhookDelivery::Round;
using testing::HasSubstr;
using testing::Not;

constexpr const char* url = "https://hook.example.com/secret-path";

class WebhookDeliveryTest : public testing::Test {
 protected:
  WebhookDeliveryTest() {
    EXPECT_TRUE(events().use_webhook(webhook_id(url), url, clock_.now()));
    open();
  }

  EventStore& events() { return store_->events(); }
  std::unique_ptr<WebhookDelivery> make() {
    return std::make_unique<WebhookDelivery>(
        WebhookDelivery::Dependencies{events(), receiver_, bell_, clock_, random_, log_,
                                      webhook_metrics_},
        webhook_id(url), url, options_);
  }
  // A worker after a restart, or another server's.
  void open() { delivery_ = make(); }

  void happen(const std::string& udid, const std::string& id) {
    Event event{EnrollmentId::device(udid)};
    event.id = id;
    event.topic = "mdm.Connect";
    event.status = "Acknowledged";
    event.created_at = clock_.now();
    event.raw = to_bytes("<raw>" + id + "</raw>");
    ASSERT_TRUE(events().record_with(event, [] { return Status(); }));
  }
  Round round() {
    const auto outcome = delivery_->round();
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : Round::idle;
  }
  // Rounds with the clock going on in between, until nothing is left for so long.
  void go_on(std::chrono::seconds duration) {
    for (auto passed = 0s; passed < duration; passed += 1s) {
      while (round() == Round::worked) {
      }
      clock_.advance(1s);
    }
  }
  WebhookState state() { return *events().webhook(webhook_id(url)); }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  RecordingMetrics metrics_;
  WebhookMetrics webhook_metrics_{metrics_};
  EventBell bell_;
  WebhookReceiver receiver_;
  DeliveryOptions options_;
  std::unique_ptr<Store> store_ = make_memory_store();
  std::unique_ptr<WebhookDelivery> delivery_;
};

TEST_F(WebhookDeliveryTest, EachAttemptIsCountedByItsOutcome) {
  int status = 200;
  receiver_.answer = [&](const std::string&) { return status; };
  for (const int next : {200, 404, 503, 0}) {
    status = next;
    happen("D" + std::to_string(next), "e" + std::to_string(next));
    round();
  }
  for (const auto* outcome : {"delivered", "refused", "failed", "unreachable"}) {
    EXPECT_EQ(metrics_["bramley_webhook_attempts_total{" + std::string(outcome) + "}"], 1)
        << outcome;
  }
  EXPECT_EQ(metrics_["bramley_webhook_seconds"], 3);
}

// NanoMDM and its friends answer 200; others 201, 202 or 204.
TEST_F(WebhookDeliveryTest, EveryStatusOf200To299TakesAnEvent) {
  int status = 0;
  receiver_.answer = [&](const std::string&) { return status; };
  for (const int next : {200, 201, 202, 204, 299}) {
    status = next;
    happen("taken", std::to_string(next));
    round();
    EXPECT_EQ(state().behind + state().waiting, 0) << next;
  }
  for (const int next : {199, 300, 400}) {
    status = next;
    happen("refused by " + std::to_string(next), std::to_string(next));
    round();
  }
  EXPECT_EQ(state().waiting, 3);
}

TEST_F(WebhookDeliveryTest, EventsGoOutInTheirOrderAndOnce) {
  for (const auto* id : {"e1", "e2", "e3"}) {
    happen("D1", id);
  }
  EXPECT_EQ(round(), Round::worked);
  EXPECT_EQ(round(), Round::idle);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3");
  open();
  happen("D1", "e4");
  clock_.advance(61s);
  EXPECT_EQ(round(), Round::worked);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3 e4");
  EXPECT_EQ(receiver_.requests().front().target, url);
  EXPECT_EQ(state().behind, 0);
}

TEST_F(WebhookDeliveryTest, ManyEventsGoInBatches) {
  options_.batch = 4;
  open();
  for (int i = 0; i < 11; ++i) {
    happen("D" + std::to_string(i % 3), "e" + std::to_string(i));
  }
  go_on(1s);
  EXPECT_EQ(receiver_.taken(), "e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 e10");
}

TEST_F(WebhookDeliveryTest, ARefusedEventKeepsNobodyElseWaiting) {
  receiver_.answer = [](const std::string& id) { return id == "bad" ? 500 : 200; };
  happen("D1", "bad");
  happen("D1", "after");
  for (const auto* id : {"e1", "e2", "e3"}) {
    happen("D2", id);
  }
  go_on(3s);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3");
  EXPECT_EQ(state().waiting, 2);
  happen("D2", "e4");
  go_on(3s);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3 e4");
  // In the end it is parked, and what stood behind it goes on.
  go_on(2h);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3 e4 after");
  EXPECT_EQ(state().parked, 1);
  EXPECT_EQ(metrics_["bramley_webhook_attempts_total{parked}"], 1);
  EXPECT_EQ(state().waiting, 0);
  EXPECT_EQ(state().last_error, "HTTP 500 Internal Server Error");
  const auto parked = events().parked(webhook_id(url), 0, 10);
  ASSERT_EQ(parked->size(), 1U);
  EXPECT_EQ(parked->front().attempts, options_.attempts);
  EXPECT_THAT(log_.text(), HasSubstr("event parked"));
  EXPECT_THAT(log_.text(), Not(HasSubstr("secret-path")));
  // Whoever mended the receiver has it sent again.
  receiver_.answer = [](const std::string&) { return 200; };
  ASSERT_TRUE(events().replay_parked(webhook_id(url), clock_.now()));
  go_on(1s);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3 e4 after bad");
}

TEST_F(WebhookDeliveryTest, AReceiverThatIsDownGetsEverythingLater) {
  receiver_.answer = [](const std::string&) { return 0; };
  for (int i = 0; i < 20; ++i) {
    happen("D" + std::to_string(i % 2), "e" + std::to_string(i));
  }
  go_on(3h);
  EXPECT_EQ(receiver_.taken(), "");
  EXPECT_EQ(state().parked, 0);
  EXPECT_EQ(state().last_error, "connection refused");
  // About one attempt a minute, whatever waits.
  EXPECT_LT(receiver_.requests().size(), 500U);
  receiver_.answer = [](const std::string&) { return 200; };
  go_on(20min);
  // In order for each device.
  std::string odd;
  std::string even;
  for (int i = 0; i < 20; ++i) {
    (i % 2 == 0 ? even : odd).append(" e" + std::to_string(i));
  }
  std::string of_even;
  std::string of_odd;
  std::stringstream taken(receiver_.taken());
  for (std::string id; taken >> id;) {
    ((id.back() - '0') % 2 == 0 ? of_even : of_odd).append(" " + id);
  }
  EXPECT_EQ(of_even, even);
  EXPECT_EQ(of_odd, odd);
  EXPECT_THAT(log_.text(), HasSubstr("webhook answers again"));
}

TEST_F(WebhookDeliveryTest, WhatNeverGetsThroughIsParkedInTheEnd) {
  options_.give_up_after = 1h;
  open();
  receiver_.answer = [](const std::string&) { return 0; };
  happen("D1", "e1");
  go_on(2h);
  EXPECT_EQ(state().parked, 1);
}

TEST_F(WebhookDeliveryTest, ARestartGoesOnWithWhatWaits) {
  receiver_.answer = [](const std::string& id) { return id == "e1" ? 503 : 200; };
  happen("D1", "e1");
  happen("D1", "e2");
  EXPECT_EQ(round(), Round::worked);
  delivery_->stop();
  receiver_.answer = [](const std::string&) { return 200; };
  open();
  go_on(3s);
  EXPECT_EQ(receiver_.taken(), "e1 e2");
}

TEST_F(WebhookDeliveryTest, OneOfTwoServersDelivers) {
  const auto other = make();
  happen("D1", "e1");
  EXPECT_EQ(round(), Round::worked);
  happen("D1", "e2");
  EXPECT_EQ(*other->round(), Round::elsewhere);
  EXPECT_EQ(round(), Round::worked);
  EXPECT_EQ(receiver_.taken(), "e1 e2");
  // The first one is gone without a word.
  happen("D1", "e3");
  clock_.advance(options_.lease + 1s);
  EXPECT_EQ(*other->round(), Round::worked);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3");
  happen("D1", "e4");
  EXPECT_EQ(round(), Round::elsewhere);
  // And a stop hands over at once.
  other->stop();
  EXPECT_EQ(round(), Round::worked);
  EXPECT_EQ(receiver_.taken(), "e1 e2 e3 e4");
}

// Both run: each event is delivered once, and in order.
TEST_F(WebhookDeliveryTest, TwoServersSideBySideDeliverOnceInOrder) {
  const auto other = make();
  delivery_->start();
  other->start();
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const auto id = "e" + std::to_string(i);
    happen("D1", id);
    bell_.ring();
    expected.append(expected.empty() ? "" : " ").append(id);
  }
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (receiver_.taken().size() < expected.size() &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  delivery_->stop();
  other->stop();
  EXPECT_EQ(receiver_.taken(), expected);
}

TEST_F(WebhookDeliveryTest, NothingIsSentWhilePaused) {
  ASSERT_TRUE(events().set_flow(webhook_id(url), EventStore::Flow::paused));
  happen("D1", "e1");
  EXPECT_EQ(round(), Round::idle);
  EXPECT_EQ(receiver_.taken(), "");
  ASSERT_TRUE(events().set_flow(webhook_id(url), EventStore::Flow::running));
  EXPECT_EQ(round(), Round::worked);
  EXPECT_EQ(receiver_.taken(), "e1");
}

TEST_F(WebhookDeliveryTest, AnEventThatTheFormatHasNoWordForIsPassedOver) {
  options_.terms.format = WebhookFormat::micromdm;
  open();
  Event event{EnrollmentId::device("D1")};
  event.id = "e1";
  event.topic = "mdm.GetToken";
  ASSERT_TRUE(events().record_with(event, [] { return Status(); }));
  happen("D1", "e2");
  go_on(1s);
  EXPECT_EQ(receiver_.taken(), "e2");
  EXPECT_EQ(state().waiting, 0);
}

TEST(WebhookUrl, IsCheckedAndNotRepeatedInLogs) {
  EXPECT_TRUE(check_webhook_url("https://hook.example.com"));
  EXPECT_TRUE(check_webhook_url("http://127.0.0.1:8080/a?b=c"));
  for (const char* wrong : {"", "hook.example.com", "ftp://x/", "https://", "https:///path",
                            "https://a b/", "https://x/#part"}) {
    EXPECT_FALSE(check_webhook_url(wrong)) << wrong;
  }
  const auto user = check_webhook_url("https://me:secret@hook.example.com/");
  ASSERT_FALSE(user);
  EXPECT_THAT(user.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(webhook_place("https://hook.example.com:1/secret?token=x"),
            "https://hook.example.com:1");
}

}  // namespace
}  // namespace bramley
