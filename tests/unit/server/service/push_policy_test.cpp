#include "server/service/push_policy.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class PushPolicy : public testing::Test {
 protected:
  PushSettlement after(Kind kind, std::int64_t sends = 0, std::int64_t failures = 0) {
    DuePush push;
    push.enrollment = 3;
    push.token = {1, 2};
    push.sends = sends;
    push.failures = failures;
    return settlement_after(push, 9, {.kind = kind}, clock_.now(), random_);
  }
  // Whether it is a quarter around `middle`, for all of some tries.
  void expect_around(seconds middle, Kind kind, std::int64_t sends, std::int64_t failures) {
    for (int i = 0; i < 50; ++i) {
      const seconds delay = after(kind, sends, failures).due_at - clock_.now();
      EXPECT_GE(delay, middle * 3 / 4) << push_answer_name(kind);
      EXPECT_LE(delay, middle * 5 / 4 + seconds(1)) << push_answer_name(kind);
    }
  }

  FakeClock clock_;
  SeededRandom random_;
};

TEST_F(PushPolicy, WhatAppleTookIsSentAgainAfterMinutesThenHours) {
  const auto settled = after(Kind::sent, 0, 5);
  EXPECT_EQ(settled.enrollment, 3);
  EXPECT_EQ(settled.ticket, 9);
  EXPECT_EQ(settled.sends, 1);
  EXPECT_EQ(settled.failures, 0);
  expect_around(minutes(15), Kind::sent, 0, 0);
  expect_around(hours(1), Kind::sent, 1, 0);
  expect_around(hours(4), Kind::sent, 2, 0);
  expect_around(hours(12), Kind::sent, 3, 0);
  expect_around(hours(24), Kind::sent, 4, 0);
  expect_around(hours(24), Kind::sent, 1'000'000, 0);
}

TEST_F(PushPolicy, WhatMayPassIsTriedAgainSoonThenRarely) {
  for (const Kind kind :
       {Kind::server_trouble, Kind::no_connection, Kind::connection_lost, Kind::late}) {
    const auto settled = after(kind, 2, 0);
    EXPECT_EQ(settled.sends, 2);
    EXPECT_EQ(settled.failures, 1);
    expect_around(seconds(5), kind, 0, 0);
    expect_around(seconds(40), kind, 0, 3);
    expect_around(minutes(30), kind, 0, 1'000'000);
  }
}

TEST_F(PushPolicy, WhatAPersonMustSeeToWaitsLonger) {
  expect_around(minutes(2), Kind::too_many, 0, 0);
  expect_around(minutes(1), Kind::certificate, 0, 0);
  expect_around(hours(1), Kind::certificate, 0, 1000);
  expect_around(minutes(10), Kind::refused, 0, 0);
  expect_around(hours(6), Kind::bad_token, 0, 0);
  expect_around(hours(24), Kind::unregistered, 0, 9);
}

TEST_F(PushPolicy, UnregisteredCarriesTheTokenAndTheTime) {
  DuePush push;
  push.token = {1, 2};
  const auto at = clock_.now() - hours(1);
  auto settled = settlement_after(push, 0, {.kind = Kind::unregistered, .unregistered_at = at},
                                  clock_.now(), random_);
  EXPECT_EQ(settled.unregistered->token, push.token);
  EXPECT_EQ(settled.unregistered->unregistered_at, at);
  settled = settlement_after(push, 0, {.kind = Kind::unregistered}, clock_.now(), random_);
  EXPECT_EQ(settled.unregistered->unregistered_at, clock_.now());
  EXPECT_FALSE(after(Kind::bad_token).unregistered);
}

TEST_F(PushPolicy, DelaysAreSpreadAndTicketsAreNeverNone) {
  std::set<seconds> delays;
  std::set<std::int64_t> tickets;
  for (int i = 0; i < 200; ++i) {
    delays.insert(random_delay(minutes(15), random_));
    tickets.insert(random_ticket(random_));
  }
  EXPECT_GT(delays.size(), 100U);
  EXPECT_GE(*delays.begin(), seconds(0));
  EXPECT_LE(*delays.rbegin(), minutes(15));
  EXPECT_EQ(tickets.size(), 200U);
  EXPECT_GT(*tickets.begin(), 0);
}

}  // namespace
}  // namespace bramley
