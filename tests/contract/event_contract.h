#pragma once

#include <atomic>
#include <thread>

#include "tests/contract/store_contract.h"

namespace bramley {

template <class Maker>
class EventContract : public StoreContract<Maker> {
 protected:
  Event event(const EnrollmentId& id, const std::string& name,
              const std::string& topic = "mdm.Connect") {
    Event made{id};
    made.id = name;
    made.topic = topic;
    made.created_at = this->now();
    made.status = "Acknowledged";
    made.command_uuid = "C-" + name;
    made.query = "a=1";
    made.raw = to_bytes("<raw>" + name + "</raw>");
    return made;
  }
  void happen(const std::string& udid, const std::string& name) {
    EXPECT_TRUE(this->events().record_with(event(EnrollmentId::device(udid), name),
                                           [] { return Status(); }));
  }
  std::vector<Event> all(const EventFilter& filter = {}) {
    auto found = this->events().after(0, filter, 1000);
    EXPECT_TRUE(found);
    return found ? *std::move(found) : std::vector<Event>();
  }
  template <class Events, class Name>
  static std::string names(const Events& events, const Name& name) {
    std::string text;
    for (const auto& one : events) {
      text.append(text.empty() ? "" : " ").append(name(one));
    }
    return text;
  }
  std::string all_names(const EventFilter& filter = {}) {
    return names(all(filter), [](const Event& one) { return one.id; });
  }

  static constexpr const char* hook = "0123456789ab";
  void use_hook(const std::string& owner = "me") {
    ASSERT_TRUE(this->events().use_webhook(hook, "https://hook.example.com/", this->now()));
    ASSERT_TRUE(*this->events().claim(hook, owner, this->now(), this->now() + lease));
  }
  static WebhookDefinition defined_webhook(const std::string& name) {
    WebhookDefinition webhook;
    webhook.id = hook;
    webhook.name = name;
    webhook.url = "https://" + name + ".example.com/";
    return webhook;
  }
  // "due | fresh", what is behind in brackets.
  std::string work() {
    const auto work = this->events().work(hook, this->now(), 100);
    EXPECT_TRUE(work);
    return names(work->due, [](const HeldEvent& one) { return one.event.id; }) + " | " +
           names(work->fresh, [](const WebhookWork::Fresh& one) {
             return one.behind ? "(" + one.event.id + ")" : one.event.id;
           });
  }
  using Kind = DeliveryOutcome::Kind;
  struct Word {
    std::string name;
    Kind kind;
  };
  Status record(const std::vector<Word>& words, const std::string& owner = "me") {
    std::vector<DeliveryOutcome> outcomes;
    const auto from = this->events().webhook(hook)->position;
    auto to = from;
    for (const auto& [name, kind] : words) {
      for (const Event& one : all()) {
        if (one.id == name) {
          outcomes.push_back({one.number, one.enrollment.value(), kind, 3, this->now(),
                              this->now() + std::chrono::seconds(10),
                              kind == Kind::delivered ? "" : "HTTP 500"});
          to = std::max(to, one.number);
        }
      }
    }
    return this->events().record_outcomes(hook, owner, from, to, outcomes, this->now());
  }
  WebhookState state() { return *this->events().webhook(hook); }

  static constexpr std::chrono::seconds lease{30};
};
TYPED_TEST_SUITE_P(EventContract);

TYPED_TEST_P(EventContract, AnEventIsKeptAsItCame) {
  const auto id = EnrollmentId::user("D1", "U1");
  ASSERT_TRUE(this->events().record_with(this->event(id, "e1"), [] { return Status(); }));
  this->reopen();
  const auto found = this->all();
  ASSERT_EQ(found.size(), 1U);
  const Event& event = found.front();
  EXPECT_EQ(event.enrollment, id);
  EXPECT_EQ(event.number, *this->events().newest());
  EXPECT_EQ(event.topic, "mdm.Connect");
  EXPECT_EQ(event.created_at, this->now());
  EXPECT_EQ(event.status, "Acknowledged");
  EXPECT_EQ(event.command_uuid, "C-e1");
  EXPECT_EQ(event.query, "a=1");
  EXPECT_TRUE(event.raw.empty());
  EXPECT_EQ(to_text(*this->events().raw(event.number)), "<raw>e1</raw>");
  this->expect_code(this->events().raw(event.number + 1).error(), ErrorCode::not_found);
}

// It tells of something that is true: no event without the fact, no fact without the event.
TYPED_TEST_P(EventContract, AnEventComesWithWhatItTells) {
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  for (const auto* name : {"t1", "t2"}) {
    ASSERT_TRUE(this->events().record_with(this->event(id, name, "mdm.TokenUpdate"),
                                           [&] { return this->update(id); }));
  }
  const auto failed = this->events().record_with(this->event(id, "t3", "mdm.TokenUpdate"), [&] {
    return this->update(EnrollmentId::device("never authenticated"));
  });
  this->expect_code(failed, ErrorCode::conflict);
  this->reopen();
  EXPECT_EQ(this->all_names(), "t1 t2");
  EXPECT_EQ(this->all()[0].token_update_tally, 1);
  EXPECT_EQ(this->all()[1].token_update_tally, 2);
}

TYPED_TEST_P(EventContract, IdleWaitsInMemoryButNotBehindWhatCameAfter) {
  const auto d1 = EnrollmentId::device("D1");
  const auto d2 = EnrollmentId::device("D2");
  this->events().record_soon(this->event(d1, "i1"));
  this->events().record_soon(this->event(d1, "i2"));
  this->events().record_soon(this->event(d2, "i3"));
  EXPECT_EQ(this->all_names(), "");
  this->happen("D1", "e1");
  EXPECT_EQ(this->all_names(), "i2 e1");
  EXPECT_FALSE(*this->events().flush());
  EXPECT_EQ(this->all_names(), "i2 e1 i3");
  EXPECT_FALSE(*this->events().flush());
  EXPECT_EQ(this->all_names(), "i2 e1 i3");
}

// A flush and the message behind it both wrote it.
TYPED_TEST_P(EventContract, WhatWaitsInMemoryIsWrittenOnce) {
  constexpr int rounds = 60;
  const auto id = EnrollmentId::device("D1");
  std::atomic<bool> done = false;
  std::thread flushing([&] {
    while (!done) {
      EXPECT_TRUE(this->events().flush());
    }
  });
  std::string expected;
  for (int i = 0; i < rounds; ++i) {
    const std::string number = std::to_string(i);
    this->events().record_soon(this->event(id, "idle" + number));
    this->happen("D1", "e" + number);
    expected.append(i == 0 ? "" : " ").append("idle" + number + " e" + number);
  }
  done = true;
  flushing.join();
  EXPECT_EQ(this->all_names(), expected);
}

TYPED_TEST_P(EventContract, TheFeedIsFilteredAndGoesOn) {
  this->happen("D1", "e1");
  this->happen("D2", "e2");
  ASSERT_TRUE(this->events().record_with(
      this->event(EnrollmentId::device("D1"), "e3", "mdm.CheckOut"), [] { return Status(); }));
  EXPECT_EQ(this->all_names({.enrollment_id = "D1"}), "e1 e3");
  EXPECT_EQ(this->all_names({.topic = "mdm.Connect"}), "e1 e2");
  EXPECT_EQ(this->all_names({.enrollment_id = "D1", .topic = "mdm.CheckOut"}), "e3");
  const auto first = this->events().after(0, {}, 1);
  ASSERT_EQ(first->size(), 1U);
  EXPECT_EQ(this->events().after(first->front().number, {}, 10)->size(), 2U);
}

TYPED_TEST_P(EventContract, AWebhookBeginsWithWhatHappensFromThenOn) {
  this->happen("D1", "e1");
  this->use_hook();
  EXPECT_EQ(this->work(), " | ");
  this->happen("D1", "e2");
  this->happen("D2", "e3");
  this->use_hook();
  EXPECT_EQ(this->work(), " | e2 e3");
  ASSERT_TRUE(this->record({{"e2", TestFixture::Kind::delivered}}));
  this->reopen();
  EXPECT_EQ(this->work(), " | e3");
  EXPECT_EQ(this->state().behind, 1);
  EXPECT_EQ(this->state().url, "https://hook.example.com/");
  EXPECT_EQ(this->state().delivered_at, this->now());
  EXPECT_EQ(this->events().webhooks()->size(), 1U);
}

TYPED_TEST_P(EventContract, ARefusedEventHoldsUpItsEnrollmentAlone) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook();
  for (const auto& [udid, name] : {std::pair{"D1", "e1"}, {"D1", "e2"}, {"D2", "e3"}}) {
    this->happen(udid, name);
  }
  ASSERT_TRUE(
      this->record({{"e1", Outcome::failed}, {"e2", Outcome::behind}, {"e3", Outcome::delivered}}));
  this->happen("D1", "e4");
  this->happen("D2", "e5");
  this->reopen();
  EXPECT_EQ(this->work(), " | (e4) e5");
  EXPECT_EQ(this->state().waiting, 2);
  EXPECT_EQ(this->state().last_error, "HTTP 500");
  ASSERT_TRUE(this->record({{"e4", Outcome::behind}, {"e5", Outcome::delivered}}));
  this->clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(this->work(), "e1 | ");
  EXPECT_EQ(this->events().work(TestFixture::hook, this->now(), 9)->due.front().attempts, 3);
  ASSERT_TRUE(this->record({{"e1", Outcome::delivered}}));
  EXPECT_EQ(this->work(), "e2 | ");
  ASSERT_TRUE(this->record({{"e2", Outcome::parked}}));
  EXPECT_EQ(this->work(), "e4 | ");
  ASSERT_TRUE(this->record({{"e4", Outcome::delivered}}));
  EXPECT_EQ(this->work(), " | ");
  EXPECT_EQ(this->state().parked, 1);
  EXPECT_EQ(this->state().waiting, 0);
}

TYPED_TEST_P(EventContract, TheOldestThatIsToBeDeliveredIsKnown) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook();
  EXPECT_EQ(this->state().oldest_at, std::nullopt);
  const auto begin = this->now();
  this->happen("D1", "e1");
  this->clock_.advance(std::chrono::seconds(5));
  this->happen("D2", "e2");
  EXPECT_EQ(this->state().oldest_at, begin);
  ASSERT_TRUE(this->record({{"e1", Outcome::failed}}));
  EXPECT_EQ(this->state().oldest_at, begin);
  ASSERT_TRUE(this->record({{"e1", Outcome::parked}}));
  EXPECT_EQ(this->state().oldest_at, begin + std::chrono::seconds(5));
  ASSERT_TRUE(this->record({{"e2", Outcome::delivered}}));
  EXPECT_EQ(this->state().oldest_at, std::nullopt);
}

TYPED_TEST_P(EventContract, ParkedEventsAreReplayedInTheirOrder) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook();
  for (const auto* name : {"e1", "e2", "e3"}) {
    this->happen("D1", name);
  }
  ASSERT_TRUE(
      this->record({{"e1", Outcome::parked}, {"e2", Outcome::parked}, {"e3", Outcome::failed}}));
  const auto parked = this->events().parked(TestFixture::hook, 0, 10);
  ASSERT_EQ(parked->size(), 2U);
  EXPECT_EQ(parked->front().event.id, "e1");
  EXPECT_EQ(parked->front().error, "HTTP 500");
  EXPECT_EQ(this->events().parked(TestFixture::hook, parked->front().event.number, 10)->size(), 1U);
  EXPECT_EQ(*this->events().replay_parked(TestFixture::hook, this->now()), 2);
  EXPECT_EQ(this->work(), "e1 | ");
  ASSERT_TRUE(this->record({{"e1", Outcome::delivered}}));
  EXPECT_EQ(this->work(), "e2 | ");
  ASSERT_TRUE(this->record({{"e2", Outcome::delivered}}));
  EXPECT_EQ(this->work(), "e3 | ");
}

TYPED_TEST_P(EventContract, AReplayStartsOverAndUndoesWhatIsUnderWay) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook();
  this->happen("D1", "e1");
  this->happen("D1", "e2");
  ASSERT_TRUE(this->record({{"e1", Outcome::delivered}, {"e2", Outcome::failed}}));
  const auto position = this->state().position;
  ASSERT_TRUE(this->events().replay_after(TestFixture::hook, 0));
  EXPECT_EQ(this->work(), " | e1 e2");
  this->expect_code(
      this->events().record_outcomes(TestFixture::hook, "me", position, position, {}, this->now()),
      ErrorCode::conflict);
  ASSERT_TRUE(this->events().replay_after(TestFixture::hook, 1000));
  EXPECT_EQ(this->work(), " | e1 e2");
}

TYPED_TEST_P(EventContract, OneOwnerAtATime) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook("me");
  const auto claim = [&](const char* owner) {
    return *this->events().claim(TestFixture::hook, owner, this->now(),
                                 this->now() + TestFixture::lease);
  };
  EXPECT_FALSE(claim("other"));
  EXPECT_TRUE(claim("me"));
  this->happen("D1", "e1");
  this->clock_.advance(TestFixture::lease + std::chrono::seconds(1));
  EXPECT_TRUE(claim("other"));
  this->expect_code(this->record({{"e1", Outcome::delivered}}, "me"), ErrorCode::conflict);
  ASSERT_TRUE(this->events().release(TestFixture::hook, "me"));
  EXPECT_FALSE(claim("me"));
  ASSERT_TRUE(this->events().release(TestFixture::hook, "other"));
  EXPECT_TRUE(claim("me"));
  EXPECT_EQ(this->work(), " | e1");
}

TYPED_TEST_P(EventContract, AWebhookIsPaused) {
  this->use_hook();
  ASSERT_TRUE(this->events().set_flow(TestFixture::hook, EventStore::Flow::paused));
  this->reopen();
  EXPECT_TRUE(this->state().paused);
  this->happen("D1", "e1");
  EXPECT_EQ(this->work(), " | ");
  EXPECT_TRUE(this->events().work(TestFixture::hook, this->now(), 1)->paused);
  ASSERT_TRUE(this->events().set_flow(TestFixture::hook, EventStore::Flow::running));
  EXPECT_FALSE(this->state().paused);
  EXPECT_EQ(this->work(), " | e1");
}

TYPED_TEST_P(EventContract, UnknownWebhooksAreNotFound) {
  auto& events = this->events();
  this->expect_code(events.webhook("no").error(), ErrorCode::not_found);
  this->expect_code(events.set_flow("no", EventStore::Flow::paused), ErrorCode::not_found);
  this->expect_code(events.claim("no", "me", this->now(), this->now()).error(),
                    ErrorCode::not_found);
  this->expect_code(events.work("no", this->now(), 1).error(), ErrorCode::not_found);
  this->expect_code(events.record_outcomes("no", "me", 0, 0, {}, this->now()),
                    ErrorCode::not_found);
  this->expect_code(events.replay_parked("no", this->now()).error(), ErrorCode::not_found);
  this->expect_code(events.replay_after("no", 0), ErrorCode::not_found);
  this->expect_code(events.parked("no", 0, 1).error(), ErrorCode::not_found);
}

TYPED_TEST_P(EventContract, OldEventsGoInSmallStepsOnceTheyWereDelivered) {
  using Outcome = typename TestFixture::Kind;
  this->use_hook();
  for (const auto* name : {"e1", "e2", "e3", "e4", "e5"}) {
    this->happen("D1", name);
  }
  const auto happened = this->now();
  this->clock_.advance(std::chrono::hours(2));
  this->use_hook();
  const auto sweep = [&](std::int64_t limit) {
    return *this->events().sweep(happened + std::chrono::hours(1), limit);
  };
  EXPECT_EQ(sweep(10), 0);
  ASSERT_TRUE(
      this->record({{"e1", Outcome::delivered}, {"e2", Outcome::failed}, {"e3", Outcome::parked}}));
  EXPECT_EQ(*this->events().sweep(happened, 10), 0);
  EXPECT_EQ(sweep(1), 1);
  EXPECT_EQ(sweep(10), 1);
  EXPECT_EQ(this->all_names(), "e2 e4 e5");
  EXPECT_EQ(this->state().parked, 0);
  // A webhook that nobody has used since then keeps nothing; the newest stays for its number.
  this->clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(*this->events().sweep(this->now(), 10), 2);
  EXPECT_EQ(this->all_names(), "e5");
  this->happen("D1", "e6");
  EXPECT_GT(this->all().back().number, this->all().front().number);
}

TYPED_TEST_P(EventContract, AWebhookIsDefinedChangedAndRemoved) {
  using Outcome = typename TestFixture::Kind;
  this->happen("D1", "e0");
  auto webhook = this->defined_webhook("siem");
  webhook.format = WebhookFormat::micromdm;
  webhook.redact = true;
  webhook.idle = false;
  webhook.hmac_key = std::make_shared<const SecretBytes>(std::string_view("the key"));
  ASSERT_TRUE(this->events().add_webhook(webhook, this->now(), 50));
  this->reopen();
  const auto first = *this->events().webhook_definitions();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, webhook.id);
  EXPECT_EQ(first[0].name, "siem");
  EXPECT_EQ(first[0].url, webhook.url);
  EXPECT_EQ(first[0].format, WebhookFormat::micromdm);
  EXPECT_TRUE(first[0].redact);
  EXPECT_FALSE(first[0].idle);
  ASSERT_TRUE(first[0].hmac_key);
  EXPECT_EQ(first[0].hmac_key->reveal_text(), "the key");

  // What waits for it stays when it changes.
  ASSERT_TRUE(*this->events().claim(webhook.id, "me", this->now(), this->now() + this->lease));
  this->happen("D1", "e1");
  EXPECT_EQ(this->work(), " | e1");
  ASSERT_TRUE(this->record({{"e1", Outcome::failed}}));
  auto changed = this->defined_webhook("other");
  ASSERT_TRUE(this->events().change_webhook(changed));
  const auto second = *this->events().webhook_definitions();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].name, "other");
  EXPECT_EQ(this->state().url, changed.url);
  EXPECT_FALSE(second[0].hmac_key);
  EXPECT_TRUE(second[0].idle);
  EXPECT_GT(second[0].revision, first[0].revision);
  EXPECT_EQ(this->state().waiting, 1);

  ASSERT_TRUE(this->events().remove_webhook(webhook.id, this->now()));
  EXPECT_TRUE(this->events().webhook_definitions()->empty());
  EXPECT_TRUE(this->events().webhooks()->empty());
  for (const Status& gone :
       {this->events().remove_webhook(webhook.id, this->now()),
        this->events().change_webhook(changed),
        this->events().set_flow(webhook.id, EventStore::Flow::paused),
        this->events().record_outcomes(webhook.id, "me", 0, 0, {}, this->now())}) {
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::not_found);
  }
}

TYPED_TEST_P(EventContract, DefinedWebhooksDifferAndAreFew) {
  auto webhook = this->defined_webhook("siem");
  ASSERT_TRUE(this->events().add_webhook(webhook, this->now(), 2));
  auto other = this->defined_webhook("other");
  other.id = "ba9876543210";
  ASSERT_TRUE(this->events().add_webhook(other, this->now(), 2));
  const auto refused = [](const Status& status) {
    return !status && status.error().code == ErrorCode::conflict;
  };
  auto third = this->defined_webhook("third");
  third.id = "000000000003";
  EXPECT_TRUE(refused(this->events().add_webhook(third, this->now(), 2)));
  auto same_name = third;
  same_name.name = "siem";
  EXPECT_TRUE(refused(this->events().add_webhook(same_name, this->now(), 9)));
  auto same_url = third;
  same_url.url = other.url;
  EXPECT_TRUE(refused(this->events().add_webhook(same_url, this->now(), 9)));
  webhook.name = "other";
  EXPECT_TRUE(refused(this->events().change_webhook(webhook)));
  webhook.name = "siem";
  webhook.url = other.url;
  EXPECT_TRUE(refused(this->events().change_webhook(webhook)));
  EXPECT_EQ(this->events().webhook_definitions()->size(), 2U);
  // One of a flag is not the API's.
  ASSERT_TRUE(this->events().use_webhook("00000000000f", "https://flag/", this->now()));
  EXPECT_FALSE(this->events().remove_webhook("00000000000f", this->now()));
  EXPECT_EQ(this->events().webhooks()->size(), 3U);
}

TYPED_TEST_P(EventContract, WhatWaitedForARemovedWebhookGoesAndKeepsNothing) {
  using Outcome = typename TestFixture::Kind;
  ASSERT_TRUE(this->events().add_webhook(this->defined_webhook("siem"), this->now(), 50));
  ASSERT_TRUE(*this->events().claim(this->hook, "me", this->now(), this->now() + this->lease));
  for (const char* const name : {"e1", "e2", "e3"}) {
    this->happen("D1", name);
  }
  ASSERT_TRUE(this->record({{"e1", Outcome::failed}, {"e2", Outcome::behind}}));
  this->clock_.advance(std::chrono::hours(2));
  const auto old = [&] { return this->now() - std::chrono::hours(1); };
  ASSERT_TRUE(this->events().use_defined_webhooks(this->now()));
  EXPECT_EQ(*this->events().sweep(old(), 100), 0);
  ASSERT_TRUE(this->events().remove_webhook(this->hook, this->now()));
  std::int64_t steps = 0;
  while (*this->events().sweep_webhooks(1) > 0) {
    ASSERT_LE(++steps, 2);
  }
  EXPECT_EQ(*this->events().sweep(old(), 100), 2);
  EXPECT_EQ(this->all_names(), "e3");
  // The same id can begin anew, which it cannot while the row is there.
  EXPECT_TRUE(this->events().add_webhook(this->defined_webhook("siem"), this->now(), 50));
  EXPECT_EQ(this->state().waiting, 0);
}

REGISTER_TYPED_TEST_SUITE_P(
    EventContract, AWebhookIsDefinedChangedAndRemoved, DefinedWebhooksDifferAndAreFew,
    WhatWaitedForARemovedWebhookGoesAndKeepsNothing, AnEventIsKeptAsItCame,
    AnEventComesWithWhatItTells, IdleWaitsInMemoryButNotBehindWhatCameAfter,
    TheFeedIsFilteredAndGoesOn, WhatWaitsInMemoryIsWrittenOnce,
    AWebhookBeginsWithWhatHappensFromThenOn, ARefusedEventHoldsUpItsEnrollmentAlone,
    ParkedEventsAreReplayedInTheirOrder, TheOldestThatIsToBeDeliveredIsKnown,
    AReplayStartsOverAndUndoesWhatIsUnderWay, OneOwnerAtATime, AWebhookIsPaused,
    UnknownWebhooksAreNotFound, OldEventsGoInSmallStepsOnceTheyWereDelivered);

}  // namespace bramley
