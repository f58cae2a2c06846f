#include "cli/simulator/apns_faults.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(ApnsFaults, AreReadWithTheirShare) {
  const auto unregistered = parse_apns_fault("410:0.01");
  ASSERT_TRUE(unregistered);
  EXPECT_EQ(unregistered->kind, ApnsFault::Kind::answer);
  EXPECT_EQ(unregistered->status, 410);
  EXPECT_DOUBLE_EQ(unregistered->share, 0.01);
  EXPECT_EQ(parse_apns_fault("hang:1")->kind, ApnsFault::Kind::hang);
  EXPECT_EQ(parse_apns_fault("drop:0.5")->kind, ApnsFault::Kind::drop);
  EXPECT_EQ(parse_apns_fault("goaway:0")->kind, ApnsFault::Kind::goaway);
}

TEST(ApnsFaults, WhatIsNoFaultIsNamed) {
  for (const auto* text : {"", "410", "410:", "410:2", "410:-1", "410:x", "200:0.1", "418:0.1",
                           ":0.1", "sleep:0.1", "410:0.1:0.1", "410:nan"}) {
    const auto fault = parse_apns_fault(text);
    ASSERT_FALSE(fault) << text;
    EXPECT_NE(fault.error().message.find("'" + std::string(text) + "'"), std::string::npos);
    EXPECT_NE(fault.error().hint.find("410:0.01"), std::string::npos);
  }
}

TEST(ApnsFaults, SharesThatCannotBeAreRefused) {
  EXPECT_TRUE(ApnsFaults::check({*parse_apns_fault("410:0.5"), *parse_apns_fault("hang:0.5")}));
  EXPECT_FALSE(ApnsFaults::check({*parse_apns_fault("410:0.6"), *parse_apns_fault("hang:0.5")}));
}

TEST(ApnsFaults, MeetAboutTheirShareOfTheRequests) {
  ApnsFaults faults({*parse_apns_fault("410:0.2"), *parse_apns_fault("hang:0.1")}, 1);
  int refused = 0;
  int unanswered = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (const auto fault = faults.next()) {
      (fault->kind == ApnsFault::Kind::answer ? refused : unanswered) += 1;
    }
  }
  EXPECT_NEAR(refused, 2000, 200);
  EXPECT_NEAR(unanswered, 1000, 150);
}

TEST(ApnsFaults, OnlyUnregisteredHasATime) {
  const Timestamp now(std::chrono::seconds(1'700'000'000));
  EXPECT_EQ(fault_answer(*parse_apns_fault("410:1"), now).since, now);
  EXPECT_FALSE(fault_answer(*parse_apns_fault("429:1"), now).since);
  EXPECT_EQ(fault_answer(*parse_apns_fault("429:1"), now).reason, "TooManyRequests");
}

}  // namespace
}  // namespace bramley
