#pragma once

#include <algorithm>
#include <set>
#include <thread>

#include "tests/contract/store_contract.h"

namespace bramley {

// Who is pushed when. Ids of devices are D1, D2, …; tickets are small numbers.
template <class Maker>
class PushContract : public StoreContract<Maker> {
 protected:
  static constexpr std::chrono::seconds lease{60};

  PushSchedule& schedule() { return this->store_->push_schedule(); }

  void queue(const std::vector<std::string>& ids, const std::string& uuid,
             PushOrder push = {PushOrder::By::dispatcher}) {
    EXPECT_TRUE(this->commands().enqueue(ids, this->command(uuid), this->now(), {.push = push}));
  }
  std::vector<DuePush> claim(std::int64_t ticket = 1, std::size_t limit = 100) {
    auto claimed = schedule().claim(this->now(), limit, this->now() + lease, ticket);
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed ? *std::move(claimed) : std::vector<DuePush>();
  }
  // Ids, separated by spaces.
  std::string claimed(std::int64_t ticket = 1, std::size_t limit = 100) {
    std::string text;
    for (const DuePush& push : claim(ticket, limit)) {
      text.append(text.empty() ? "" : " ").append(push.enrollment_id);
    }
    return text;
  }
  void settle(const DuePush& push, std::int64_t ticket, std::chrono::seconds later) {
    PushSettlement settlement;
    settlement.enrollment = push.enrollment;
    settlement.ticket = ticket;
    settlement.due_at = this->now() + later;
    settlement.sends = push.sends + 1;
    EXPECT_TRUE(schedule().settle(std::span(&settlement, 1), this->now()));
  }
  void unregister(const DuePush& push, Timestamp as_of) {
    PushSettlement settlement;
    settlement.enrollment = push.enrollment;
    settlement.due_at = this->now() + std::chrono::hours(1);
    settlement.unregistered = {push.token, as_of};
    EXPECT_TRUE(schedule().settle(std::span(&settlement, 1), this->now()));
  }
  std::optional<std::chrono::seconds> next_due() {
    const auto next = schedule().next_due();
    EXPECT_TRUE(next);
    return *next ? std::optional(**next - this->now()) : std::nullopt;
  }
  void later(std::chrono::seconds by) { this->clock_.advance(by); }
};
TYPED_TEST_SUITE_P(PushContract);

TYPED_TEST_P(PushContract, AQueuedCommandIsDueAtOnceWithWhereItGoes) {
  this->enroll("D1");
  this->enroll("D2");
  this->queue({"D1"}, "C1");
  this->queue({"D2"}, "C2", {PushOrder::By::nobody});
  EXPECT_EQ(this->next_due(), std::chrono::seconds(0));
  const auto due = this->claim();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].enrollment_id, "D1");
  EXPECT_EQ(due[0].topic, "com.apple.mgmt.test");
  EXPECT_EQ(due[0].push_magic, "magic");
  EXPECT_EQ(due[0].token, (Bytes{0x00, 0xab, 0xff}));
  EXPECT_EQ(due[0].sends, 0);
  EXPECT_EQ(due[0].failures, 0);
}

TYPED_TEST_P(PushContract, AClaimIsForOneAndLastsUntilItsLeaseEnds) {
  this->enroll("D1");
  this->queue({"D1"}, "C1");
  EXPECT_EQ(this->claimed(1), "D1");
  EXPECT_EQ(this->claimed(2), "");
  this->later(this->lease - std::chrono::seconds(1));
  EXPECT_EQ(this->claimed(2), "");
  this->later(std::chrono::seconds(1));
  EXPECT_EQ(this->claimed(2), "D1");
}

TYPED_TEST_P(PushContract, WhatIsSettledIsDueWhenItSays) {
  this->enroll("D1");
  this->queue({"D1"}, "C1");
  this->settle(this->claim(7).at(0), 7, std::chrono::minutes(15));
  EXPECT_EQ(this->next_due(), std::chrono::minutes(15));
  this->later(std::chrono::minutes(15));
  const auto again = this->claim();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].sends, 1);
}

TYPED_TEST_P(PushContract, TheLongestDueComesFirstAndNotMoreThanAsked) {
  std::vector<std::string> ids;
  for (const char* id : {"D1", "D2", "D3"}) {
    this->enroll(id);
    this->queue({id}, std::string("C-") + id);
    this->later(std::chrono::seconds(1));
  }
  EXPECT_EQ(this->claimed(1, 2), "D1 D2");
  EXPECT_EQ(this->claimed(1, 2), "D3");
}

TYPED_TEST_P(PushContract, CommandsThatComeTogetherShareAPushAndNoneIsSwallowed) {
  this->enroll("D1");
  this->queue({"D1"}, "C1");
  this->queue({"D1"}, "C2");
  const auto first = this->claim(1);
  ASSERT_EQ(first.size(), 1U);
  // While that push is on its way:
  this->queue({"D1"}, "C3");
  this->queue({"D1"}, "C4");
  EXPECT_EQ(this->claimed(2), "");
  this->settle(first[0], 1, std::chrono::minutes(15));  // too late: it knew of C1 and C2 only
  EXPECT_EQ(this->next_due(), PushSchedule::coalescing);
  this->later(PushSchedule::coalescing);
  EXPECT_EQ(this->claimed(2), "D1");
}

TYPED_TEST_P(PushContract, ACommandAfterTheLastEmptyAnswerIsPushedAtOnce) {
  const auto id = this->enroll("D1");
  this->queue({"D1"}, "C1");
  const auto first = this->claim(1);
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  this->queue({"D1"}, "C2");
  this->settle(first.at(0), 1, std::chrono::minutes(15));
  EXPECT_EQ(this->claimed(2), "D1");
}

TYPED_TEST_P(PushContract, WhoeverHasNothingWaitingIsNotPushed) {
  const auto id = this->enroll("D1");
  this->queue({"D1"}, "C1");
  this->settle(this->claim(1).at(0), 1, std::chrono::minutes(15));
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->next_due(), std::nullopt);
  this->queue({"D1"}, "C2");
  EXPECT_TRUE(this->commands().clear("D1", this->now()));
  EXPECT_EQ(this->claimed(), "");
  EXPECT_EQ(this->next_due(), std::nullopt);
}

TYPED_TEST_P(PushContract, NotNowPutsItOffForHours) {
  const auto id = this->enroll("D1");
  this->queue({"D1"}, "C1");
  this->queue({"D1"}, "C2");
  const auto push = this->claim(1);
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->next_due(), this->lease);  // the conversation goes on
  EXPECT_EQ(this->acknowledge(id, "C2"), "");
  this->settle(push.at(0), 1, std::chrono::minutes(15));
  const auto due = this->next_due();
  ASSERT_TRUE(due);
  EXPECT_GE(*due, PushSchedule::after_not_now);
  EXPECT_LE(*due, PushSchedule::after_not_now + PushSchedule::after_not_now / 2);
  this->later(*due);
  EXPECT_EQ(this->claimed(2), "D1");
  // A new command does not wait for that.
  EXPECT_EQ(this->not_now(id, "C1"), "");
  this->later(std::chrono::minutes(1));
  this->queue({"D1"}, "C3");
  EXPECT_EQ(this->claimed(3), "D1");
}

TYPED_TEST_P(PushContract, AFleetThatAnsweredNotNowIsSpread) {
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back("D" + std::to_string(i));
    this->enroll(ids.back());
  }
  this->queue(ids, "C1");
  for (const std::string& id : ids) {
    this->not_now(EnrollmentId::device(id), "C1");
  }
  std::set<std::chrono::seconds> times;
  while (const auto due = this->next_due()) {
    if (*due > std::chrono::hours(7)) {
      break;
    }
    times.insert(*due);
    this->later(*due);
    for (const DuePush& push : this->claim(9)) {
      this->settle(push, 9, std::chrono::hours(24));
    }
  }
  EXPECT_GE(times.size(), 15U);
}

TYPED_TEST_P(PushContract, ACallerThatPushesAtOnceHasATimeForIt) {
  this->enroll("D1");
  this->queue({"D1"}, "C1", {PushOrder::By::caller, 42});
  EXPECT_EQ(this->claimed(1), "");
  const auto address = this->schedule().addresses(std::vector<std::string>{"D1"});
  ASSERT_TRUE(address && address->at(0));
  this->settle(*address->at(0), 42, std::chrono::minutes(15));
  EXPECT_EQ(this->next_due(), std::chrono::minutes(15));
  this->queue({"D1"}, "C2", {PushOrder::By::caller, 43});
  this->later(PushSchedule::time_of_caller);
  EXPECT_EQ(this->claimed(1), "D1");  // it never settled: the schedule takes over
}

TYPED_TEST_P(PushContract, AnUnregisteredTokenStopsPushesUntilTheNextOne) {
  const auto id = this->enroll("D1");
  this->queue({"D1"}, "C1");
  const auto push = this->claim(1).at(0);
  this->later(std::chrono::seconds(5));
  this->unregister(push, this->now());
  EXPECT_EQ(this->find("D1").push_state, PushState::unregistered);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->next_due(), std::nullopt);
  this->queue({"D1"}, "C2");
  EXPECT_EQ(this->claimed(), "");
  EXPECT_EQ(this->queue_of(id), "C1 C2");
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_TRUE(this->update(id));
  EXPECT_EQ(this->find("D1").push_state, PushState::ok);
  EXPECT_EQ(this->claimed(), "D1");
}

TYPED_TEST_P(PushContract, WhatAppleSaysOfAnOlderTokenDoesNotCount) {
  const auto id = this->enroll("D1");
  this->queue({"D1"}, "C1");
  const auto push = this->claim(1).at(0);
  this->unregister(push, this->now());  // not newer
  EXPECT_EQ(this->find("D1").push_state, PushState::ok);
  auto other = this->token_update();
  other.token = {0x01};
  EXPECT_TRUE(this->update(id, other));
  this->unregister(push, this->now() + std::chrono::hours(1));  // of a token that was replaced
  EXPECT_EQ(this->find("D1").push_state, PushState::ok);
}

TYPED_TEST_P(PushContract, ATokenUpdateWithNothingWaitingSchedulesNothing) {
  const auto id = this->enroll("D1");
  EXPECT_TRUE(this->update(id));
  EXPECT_EQ(this->next_due(), std::nullopt);
}

TYPED_TEST_P(PushContract, CommandsForADeviceThatIsNotThereYetArePushedWithItsFirstToken) {
  const auto id = EnrollmentId::device("D1");
  EXPECT_TRUE(this->begin(id, distinct_certificate()));
  this->queue({"D1"}, "C1");
  EXPECT_EQ(this->claimed(), "");
  EXPECT_TRUE(this->update(id));
  EXPECT_EQ(this->claimed(), "D1");
}

TYPED_TEST_P(PushContract, AddressesSayWhyThereIsNone) {
  this->enroll("D1");
  EXPECT_TRUE(this->begin(EnrollmentId::device("D2"), distinct_certificate()));
  const auto gone = this->enroll("D3");
  EXPECT_TRUE(this->enrollments().end_enrollment(gone, this->now()));
  const auto found =
      this->schedule().addresses(std::vector<std::string>{"D1", "D2", "D3", "nobody", "D1"});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 5U);
  EXPECT_EQ(found->at(0)->enrollment_id, "D1");
  EXPECT_EQ(found->at(1).error().code, ErrorCode::conflict);
  EXPECT_EQ(found->at(2).error().code, ErrorCode::conflict);
  EXPECT_EQ(found->at(3).error().code, ErrorCode::not_found);
  EXPECT_TRUE(found->at(4));
}

TYPED_TEST_P(PushContract, TheScheduleSurvives) {
  this->enroll("D1");
  this->queue({"D1"}, "C1");
  this->settle(this->claim(1).at(0), 1, std::chrono::hours(4));
  this->reopen();
  EXPECT_EQ(this->next_due(), std::chrono::hours(4));
}

// As two servers that share a database.
TYPED_TEST_P(PushContract, EachDueOneIsClaimedOnceHoweverManyServe) {
  constexpr int devices = 200;
  std::vector<std::string> ids;
  for (int i = 0; i < devices; ++i) {
    ids.push_back("D" + std::to_string(i));
    this->enroll(ids.back());
  }
  this->queue(ids, "C1");
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> servers;
  for (int server = 1; server <= 4; ++server) {
    servers.emplace_back([&, server] {
      for (int round = 0; round < 50; ++round) {
        for (const DuePush& push : this->claim(server, 7)) {
          const std::lock_guard lock(mutex);
          seen.insert(push.enrollment_id);
        }
      }
    });
  }
  for (auto& server : servers) {
    server.join();
  }
  for (const DuePush& push : this->claim(9)) {
    seen.insert(push.enrollment_id);
  }
  EXPECT_EQ(seen.size(), std::size_t{devices});
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), std::size_t{devices});
}

REGISTER_TYPED_TEST_SUITE_P(
    PushContract, AQueuedCommandIsDueAtOnceWithWhereItGoes, AClaimIsForOneAndLastsUntilItsLeaseEnds,
    WhatIsSettledIsDueWhenItSays, TheLongestDueComesFirstAndNotMoreThanAsked,
    CommandsThatComeTogetherShareAPushAndNoneIsSwallowed,
    ACommandAfterTheLastEmptyAnswerIsPushedAtOnce, WhoeverHasNothingWaitingIsNotPushed,
    NotNowPutsItOffForHours, AFleetThatAnsweredNotNowIsSpread, ACallerThatPushesAtOnceHasATimeForIt,
    AnUnregisteredTokenStopsPushesUntilTheNextOne, WhatAppleSaysOfAnOlderTokenDoesNotCount,
    ATokenUpdateWithNothingWaitingSchedulesNothing,
    CommandsForADeviceThatIsNotThereYetArePushedWithItsFirstToken, AddressesSayWhyThereIsNone,
    TheScheduleSurvives, EachDueOneIsClaimedOnceHoweverManyServe);

}  // namespace bramley
