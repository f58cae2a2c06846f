#include "server/fleet_guard.h"

#include <gtest/gtest.h>

#include "core/crypto/local_certificate_authority.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

class FleetGuard : public testing::Test {
 protected:
  Status guard(const FleetClaim& claim, IdentityChange change = IdentityChange::refuse) {
    return guard_fleet_identity(*store_, claim, change, log_);
  }
  void enroll(const std::string& udid, const std::string& topic) {
    SelfSignedTerms terms;
    terms.subject = {{"CN", udid}};
    terms.not_before = clock_.now();
    terms.not_after = clock_.now() + std::chrono::days(1);
    const auto key = PrivateKey::generate_ec_p256();
    const DeviceIdentity identity{*make_self_signed(*key, terms, random_)};
    const EnrollmentId id = EnrollmentId::device(udid);
    Authenticate authenticate;
    authenticate.topic = topic;
    ASSERT_TRUE(
        store_->enrollments().begin_enrollment(id, authenticate, {}, identity, clock_.now()));
    TokenUpdate update;
    update.topic = topic;
    update.push_magic = "m";
    update.token = {1};
    ASSERT_TRUE(store_->enrollments().update_push_token(id, update, {}, clock_.now()));
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  const FleetClaim claim_{{"https://a.example", "c1"}, {"com.apple.mgmt.External.t"}};
};

TEST_F(FleetGuard, WhatNobodyKnowsMayChange) {
  ASSERT_TRUE(guard(claim_));
  ASSERT_TRUE(guard({{"https://b.example", "c2"}, {}}));
  EXPECT_EQ((*store_->fleet_identity()).url, "https://b.example");
}

TEST_F(FleetGuard, AnotherUrlWouldLoseTheDevicesAndSaysHowMany) {
  ASSERT_TRUE(guard(claim_));
  enroll("U1", "com.apple.mgmt.External.t");
  enroll("U2", "com.apple.mgmt.External.t");
  const FleetClaim moved{{"https://b.example", "c1"}, claim_.topics};
  const Status refused = guard(moved);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("2 enrolled devices"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().hint.find("--url https://a.example"), std::string::npos);
  EXPECT_EQ((*store_->fleet_identity()).url, "https://a.example");

  ASSERT_TRUE(guard(moved, IdentityChange::allow));
  EXPECT_EQ((*store_->fleet_identity()).url, "https://b.example");
  EXPECT_NE(log_.text().find("identity of the fleet changes"), std::string::npos);
}

TEST_F(FleetGuard, AnotherAuthorityIsRefused) {
  ASSERT_TRUE(guard(claim_));
  enroll("U1", "com.apple.mgmt.External.t");
  const Status refused = guard({{"https://a.example", "c2"}, claim_.topics});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("1 enrolled device "), std::string::npos)
      << refused.error().message;
}

// What the hint says must work: nobody is lost whose identity is still accepted.
TEST_F(FleetGuard, AnotherAuthorityIsFineWhileTheOldOneIsAccepted) {
  ASSERT_TRUE(guard(claim_));
  enroll("U1", "com.apple.mgmt.External.t");
  EXPECT_TRUE(guard({{"https://a.example", "c2"},
                     claim_.topics,
                     {AuthorityMark{"c2", "k2"}, AuthorityMark{"c1", "k1"}}}));
  EXPECT_TRUE(guard({{"https://a.example", ""}, claim_.topics, {AuthorityMark{"c1", "k1"}}}));
  // Not accepted any more: noticed, also after those starts.
  EXPECT_FALSE(guard({{"https://a.example", "c2"}, claim_.topics, {AuthorityMark{"c2", "k2"}}}));
  EXPECT_TRUE(guard({{"https://a.example", "c2"},
                     claim_.topics,
                     {AuthorityMark{"c2", "k2"}, AuthorityMark{"c1", "k1"}}},
                    IdentityChange::allow));
  EXPECT_TRUE(guard({{"https://a.example", "c2"}, claim_.topics, {AuthorityMark{"c2", "k2"}}}));
}

TEST_F(FleetGuard, ATopicThatDevicesHoldMustHaveItsCertificate) {
  ASSERT_TRUE(guard(claim_));
  enroll("U1", "com.apple.mgmt.External.t");
  EXPECT_FALSE(guard({claim_.identity, {"com.apple.mgmt.External.other"}}));
  EXPECT_TRUE(
      guard({claim_.identity, {"com.apple.mgmt.External.other", "com.apple.mgmt.External.t"}}));
  // None at all is a server that does not push, not one for another fleet.
  EXPECT_TRUE(guard({claim_.identity, {}}));
}

TEST_F(FleetGuard, ARenewedCaCertificateIsTheSameCa) {
  const FleetClaim first{
      {"https://a.example", "c1", "k1"}, claim_.topics, {AuthorityMark{"c1", "k1"}}};
  ASSERT_TRUE(guard(first));
  enroll("U1", "com.apple.mgmt.External.t");
  EXPECT_TRUE(
      guard({{"https://a.example", "c2", "k1"}, claim_.topics, {AuthorityMark{"c2", "k1"}}}));
  EXPECT_EQ(store_->fleet_identity()->ca_fingerprint, "c2");
  EXPECT_TRUE(guard(first)) << "the certificate of before is back";
  EXPECT_FALSE(
      guard({{"https://a.example", "c3", "k3"}, claim_.topics, {AuthorityMark{"c3", "k3"}}}));
}

TEST_F(FleetGuard, AFingerprintThatAnOlderVersionWroteGainsNameAndKey) {
  ASSERT_TRUE(guard({{"https://a.example", "c1"}, claim_.topics}));
  enroll("U1", "com.apple.mgmt.External.t");
  EXPECT_TRUE(
      guard({{"https://a.example", "c1", "k1"}, claim_.topics, {AuthorityMark{"c1", "k1"}}}));
  EXPECT_EQ(store_->fleet_identity()->ca_name_and_key, "k1");
}

TEST_F(FleetGuard, TheMarkOfACaOutlivesItsCertificate) {
  const auto key = PrivateKey::generate_rsa(2048);
  const auto make = [&](const std::string& name) {
    SelfSignedTerms terms;
    terms.subject = {{"CN", name}};
    terms.not_before = clock_.now();
    terms.not_after = clock_.now() + std::chrono::days(1);
    return authority_mark(*make_self_signed(*key, terms, random_));
  };
  EXPECT_NE(make("a").fingerprint, make("a").fingerprint);
  EXPECT_EQ(make("a").name_and_key, make("a").name_and_key);
  EXPECT_NE(make("a").name_and_key, make("b").name_and_key);
}

TEST_F(FleetGuard, ANewAuthorityIsNeverMadeWhereOneWasKnown) {
  EXPECT_TRUE(may_make_authority(*store_, IdentityChange::refuse));
  ASSERT_TRUE(guard(claim_));
  const Status refused = may_make_authority(*store_, IdentityChange::refuse);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("backup"), std::string::npos);
  EXPECT_TRUE(may_make_authority(*store_, IdentityChange::allow));
}

}  // namespace
}  // namespace bramley
