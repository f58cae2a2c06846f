#include "server/event_work.h"

#include <gtest/gtest.h>

#include "server/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/recording_metrics.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

class EventWorkTest : public testing::Test {
 protected:
  EventWork work(std::vector<std::string> webhooks, std::chrono::seconds retention) {
    EventSettings settings;
    settings.webhook_urls = std::move(webhooks);
    settings.retention = retention;
    return {std::move(settings), store_->events(), clock_, random_, log_, metrics_};
  }
  void happen(int count) {
    for (int i = 0; i < count; ++i) {
      Event event{EnrollmentId::device("D1")};
      event.id = "000000000000000" + std::to_string(i);
      event.topic = "mdm.Connect";
      event.created_at = clock_.now();
      ASSERT_TRUE(store_->events().record_with(event, [] { return Status(); }));
    }
  }
  std::size_t kept() { return store_->events().after(0, {}, 100)->size(); }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  RecordingMetrics recorded_;
  WebhookMetrics metrics_{recorded_};
  std::unique_ptr<Store> store_ = make_memory_store();
};

// Its receiver may be down for longer than events are kept.
TEST_F(EventWorkTest, AShortRetentionTakesNothingFromAWebhookThatWaits) {
  for (const auto retention : {std::chrono::seconds(0), std::chrono::seconds(600)}) {
    auto events = work({"http://127.0.0.1:9/hook"}, retention);
    events.sweep();  // the webhook is known from here on
    const auto before = kept();
    happen(3);
    for (int minutes = 0; minutes < 60; ++minutes) {
      clock_.advance(std::chrono::minutes(1));
      events.sweep();
    }
    EXPECT_EQ(kept(), before + 3) << retention.count();
  }
}

TEST_F(EventWorkTest, WhatNobodyWaitsForGoesWithItsTime) {
  auto events = work({}, std::chrono::minutes(10));
  happen(3);
  clock_.advance(std::chrono::minutes(9));
  events.sweep();
  EXPECT_EQ(kept(), 3U);
  clock_.advance(std::chrono::minutes(2));
  events.sweep();
  EXPECT_EQ(kept(), 1U);  // the newest stays
}

// The API's webhooks come and go; another server may have made them.
TEST_F(EventWorkTest, TakesUpWebhooksThatWereAddedAndRemoved) {
  auto events = work({}, std::chrono::hours(1));
  ASSERT_TRUE(events.start());
  EXPECT_FALSE(events.audience().is_present());
  WebhookDefinition webhook{
      .id = "0123456789ab", .name = "siem", .url = "http://127.0.0.1:9/hook", .idle = false};
  ASSERT_TRUE(store_->events().add_webhook(webhook, clock_.now(), 50));
  events.look();
  EXPECT_TRUE(events.audience().is_present());
  EXPECT_TRUE(events.audience().keeps_messages());
  EXPECT_FALSE(events.audience().hears_idle());
  webhook.idle = true;
  ASSERT_TRUE(store_->events().change_webhook(webhook));
  events.look();
  EXPECT_TRUE(events.audience().hears_idle());
  ASSERT_TRUE(store_->events().remove_webhook(webhook.id, clock_.now()));
  events.look();
  EXPECT_FALSE(events.audience().is_present());
  EXPECT_FALSE(events.audience().hears_idle());
  EXPECT_NE(log_.text().find("webhook no longer in use"), std::string::npos);
}

TEST_F(EventWorkTest, KeepsWhatADefinedWebhookWaitsFor) {
  auto events = work({}, std::chrono::seconds(0));
  ASSERT_TRUE(store_->events().add_webhook(
      {.id = "0123456789ab", .name = "siem", .url = "http://127.0.0.1:9/hook"}, clock_.now(), 50));
  happen(3);
  for (int minutes = 0; minutes < 60; ++minutes) {
    clock_.advance(std::chrono::minutes(1));
    events.sweep();
  }
  EXPECT_EQ(kept(), 3U);
  ASSERT_TRUE(store_->events().remove_webhook("0123456789ab", clock_.now()));
  clock_.advance(std::chrono::minutes(1));
  events.sweep();
  EXPECT_EQ(kept(), 1U);
}

}  // namespace
}  // namespace bramley
