#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

// How a device changes its identity without enrolling afresh.
template <class Maker>
class RenewalContract : public StoreContract<Maker> {
 protected:
  static constexpr auto device = "D1";
  RenewalStore& renewals() { return this->store_->renewals(); }

  // Enrolled, with a bootstrap token, an unlock token and a command that waits.
  EnrollmentId settle_in(const Certificate& certificate, const std::string& udid = device) {
    auto id = EnrollmentId::device(udid);
    EXPECT_TRUE(this->begin(id, certificate));
    auto message = this->token_update();
    message.unlock_token = SecretBytes(std::string_view("unlock"));
    EXPECT_TRUE(this->update(id, message));
    EXPECT_TRUE(this->enrollments().set_bootstrap_token(
        id, SecretBytes(std::string_view("bootstrap")), this->now()));
    EXPECT_TRUE(this->enqueue({udid}, this->command("C-" + udid)).empty());
    return id;
  }
  bool has_everything(const EnrollmentId& id) {
    return *this->enrollments().bootstrap_token(id) && *this->enrollments().unlock_token(id) &&
           this->queue_of(id) == "C-" + id.value() &&
           this->find(id.value()).state == EnrollmentState::enrolled;
  }

  Renewal renewal(const std::string& udid = device) {
    auto found = renewals().find(udid);
    EXPECT_TRUE(found && *found) << udid;
    return found && *found ? **found : Renewal{};
  }
  std::string state(const std::string& udid = device) {
    return std::string(renewal_state_name(renewal(udid).state));
  }
  void send(const std::string& uuid, const std::string& udid = device) {
    const Renewal from = renewal(udid);
    EXPECT_TRUE(*renewals().change(
        from, {RenewalState::sent, this->now() + std::chrono::hours(1), uuid, from.attempts + 1}));
  }
  static Fingerprint challenge(std::string_view text) { return sha256(as_bytes(text)); }
  Status deliver(const std::string& uuid, std::string_view text) {
    return renewals().deliver(device, uuid, challenge(text), this->now() + std::chrono::hours(1),
                              this->now());
  }
  Status issue(const Certificate& certificate, const std::optional<Fingerprint>& on,
               const std::optional<Fingerprint>& renewed_from = {}) {
    IssuedCertificate issued{certificate, "transaction", sha256(certificate.public_key_der()),
                             this->now()};
    issued.renewed_from = renewed_from;
    return this->certificates().record_issued(issued, on, this->now());
  }
  // A renewal whose profile was delivered and whose certificate was issued on its challenge.
  Certificate issue_renewal(const std::string& uuid = "R1") {
    EXPECT_TRUE(renewals().open(device, this->now()));
    send(uuid);
    EXPECT_TRUE(deliver(uuid, uuid));
    auto fresh = distinct_certificate();
    EXPECT_TRUE(issue(fresh, challenge(uuid)));
    return fresh;
  }
  void use(const Certificate& certificate, const std::string& udid = device) {
    const std::vector<IdentityUse> uses{
        {udid, certificate.fingerprint(), certificate.not_after(), this->now()}};
    EXPECT_TRUE(renewals().note_uses(uses));
  }
  void acknowledge_profile() {
    EXPECT_TRUE(
        *renewals().acknowledge(renewal(), this->now(), this->now() + std::chrono::hours(24)));
  }
  std::optional<Fingerprint> identity(const std::string& udid = device) {
    return this->find(udid).certificate;
  }
  bool works(const Certificate& certificate) {
    return this->certificates().device_of(certificate.fingerprint()).value().has_value();
  }
};
TYPED_TEST_SUITE_P(RenewalContract);

TYPED_TEST_P(RenewalContract, AnAuthenticateWithTheRenewedCertificateKeepsEverything) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  const auto user = this->enroll_user("D1", "U1");
  const auto fresh = this->issue_renewal();
  EXPECT_EQ(*this->certificates().device_of(fresh.fingerprint()), "D1");
  for (int i = 0; i < 2; ++i) {  // the answer may be lost
    ASSERT_TRUE(this->begin(id, fresh));
    EXPECT_TRUE(this->has_everything(id));
    EXPECT_EQ(this->find("D1").token_update_tally, 1);
    EXPECT_EQ(this->find(user.value()).state, EnrollmentState::enrolled);
    EXPECT_EQ(this->identity(), fresh.fingerprint());
  }
  ASSERT_TRUE(this->update(id, this->token_update("other")));
  EXPECT_EQ(this->find("D1").push_magic, "other");
  EXPECT_EQ(this->find("D1").token_update_tally, 2);
  EXPECT_TRUE(this->works(old_one));
  EXPECT_EQ(this->state(), "sent");  // the report is still to come
  this->acknowledge_profile();
  EXPECT_EQ(this->state(), "proven");
}

TYPED_TEST_P(RenewalContract, ACertificateThatIsOnlyUsedBecomesTheIdentityToo) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  const auto fresh = this->issue_renewal();
  this->acknowledge_profile();
  EXPECT_EQ(this->state(), "proving");
  this->use(old_one);
  EXPECT_EQ(this->state(), "proving");
  EXPECT_EQ(this->identity(), old_one.fingerprint());
  this->use(fresh);
  EXPECT_EQ(this->state(), "proven");
  EXPECT_EQ(this->identity(), fresh.fingerprint());
  this->use(old_one);  // does not lead back
  EXPECT_EQ(this->identity(), fresh.fingerprint());
  EXPECT_TRUE(this->has_everything(id));
  EXPECT_EQ(this->renewal().old_certificate, old_one.fingerprint());
  EXPECT_EQ(this->renewal().new_certificate, fresh.fingerprint());
  EXPECT_EQ(this->renewal().next_at, this->now() + old_identity_kept);
}

TYPED_TEST_P(RenewalContract, TheOldCertificateIsRevokedAtTheEnd) {
  const auto old_one = distinct_certificate();
  this->settle_in(old_one);
  const auto fresh = this->issue_renewal();
  EXPECT_FALSE(*this->renewals().retire(this->renewal(), this->now()));  // not proven
  this->use(fresh);
  this->acknowledge_profile();
  EXPECT_TRUE(this->renewals().due(this->now(), 10)->empty());
  EXPECT_TRUE(this->works(old_one));
  this->clock_.advance(old_identity_kept);
  const auto due = this->renewals().due(this->now(), 10);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_TRUE(*this->renewals().retire(due->front(), this->now()));
  EXPECT_FALSE(*this->renewals().retire(due->front(), this->now()));  // another server was faster
  EXPECT_FALSE(this->works(old_one));
  EXPECT_TRUE(this->works(fresh));
  EXPECT_EQ(this->state(), "done");
  this->reopen();
  EXPECT_FALSE(this->works(old_one));
  EXPECT_EQ(this->identity(), fresh.fingerprint());
}

TYPED_TEST_P(RenewalContract, ARenewalReqOfTheOwnIdentityRenews) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  const auto fresh = distinct_certificate();
  ASSERT_TRUE(this->issue(fresh, std::nullopt, old_one.fingerprint()));
  EXPECT_EQ(this->renewal().origin, RenewalOrigin::device);
  ASSERT_TRUE(this->begin(id, fresh));
  EXPECT_TRUE(this->has_everything(id));
  EXPECT_EQ(this->state(), "proven");  // no profile of ours is to be acknowledged
  // And once more, by the new one.
  const auto next = distinct_certificate();
  ASSERT_TRUE(this->issue(next, std::nullopt, fresh.fingerprint()));
  this->use(next);
  EXPECT_TRUE(this->has_everything(id));
  EXPECT_EQ(this->identity(), next.fingerprint());
  this->clock_.advance(old_identity_kept);
  EXPECT_TRUE(*this->renewals().retire(this->renewal(), this->now()));
  EXPECT_FALSE(this->works(old_one));
  EXPECT_FALSE(this->works(fresh));
  EXPECT_TRUE(this->works(next));
}

TYPED_TEST_P(RenewalContract, ARenewalReqForAnOpenRenewalVoidsItsChallenge) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  ASSERT_TRUE(this->renewals().open("D1", this->now()));
  this->send("R1");
  ASSERT_TRUE(this->deliver("R1", "one"));
  const auto fresh = distinct_certificate();
  ASSERT_TRUE(this->issue(fresh, std::nullopt, old_one.fingerprint()));
  this->expect_code(this->issue(distinct_certificate(), this->challenge("one")),
                    ErrorCode::unauthenticated);
  this->use(fresh);
  EXPECT_EQ(this->state(), "sent");
  this->acknowledge_profile();
  EXPECT_EQ(this->state(), "proven");
  EXPECT_TRUE(this->has_everything(id));
}

TYPED_TEST_P(RenewalContract, AnyOtherAuthenticateIsAFreshEnrollment) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  const auto renewed = this->issue_renewal();
  // Wiped, and enrolled on an ordinary challenge.
  const auto other = distinct_certificate();
  const ChallengeTerms terms{this->now() + std::chrono::hours(1), {}};
  ASSERT_TRUE(this->certificates().add_challenge(this->challenge("ordinary"), terms, this->now()));
  ASSERT_TRUE(this->issue(other, this->challenge("ordinary")));
  ASSERT_TRUE(this->begin(id, other));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::pending);
  EXPECT_EQ(this->queue_of(id), "");
  EXPECT_FALSE(*this->enrollments().bootstrap_token(id));
  EXPECT_FALSE(*this->enrollments().unlock_token(id));
  EXPECT_EQ(this->state(), "cancelled");
  this->expect_code(this->deliver("R1", "again"), ErrorCode::not_found);
  // What was issued for the enrollment before renews nothing any more, nor does its signer.
  const auto late = distinct_certificate();
  ASSERT_TRUE(this->issue(late, std::nullopt, old_one.fingerprint()));
  ASSERT_TRUE(this->update(id));
  for (const auto& before : {old_one, renewed, late}) {
    this->use(before);
    EXPECT_EQ(this->identity(), other.fingerprint());
    this->expect_code(this->begin(id, before), ErrorCode::unauthenticated);
  }
  this->expect_code(this->issue(distinct_certificate(), std::nullopt, old_one.fingerprint()),
                    ErrorCode::unauthenticated);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
}

TYPED_TEST_P(RenewalContract, TheIdentityItselfAuthenticatesAfresh) {
  const auto old_one = distinct_certificate();
  const auto id = this->settle_in(old_one);
  this->issue_renewal();
  ASSERT_TRUE(this->begin(id, old_one));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::pending);
  EXPECT_EQ(this->state(), "cancelled");
}

TYPED_TEST_P(RenewalContract, WhatAnEarlierRenewalBroughtDoesNotCountForThisOne) {
  const auto id = this->settle_in(distinct_certificate());
  const auto first = this->issue_renewal("R1");
  this->use(first);
  this->acknowledge_profile();
  this->clock_.advance(old_identity_kept);
  ASSERT_TRUE(*this->renewals().retire(this->renewal(), this->now()));
  this->issue_renewal("R2");
  ASSERT_TRUE(this->begin(id, first));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::pending);
  EXPECT_EQ(this->state(), "cancelled");
}

TYPED_TEST_P(RenewalContract, ARenewalsCertificateIsForItsDeviceOnly) {
  this->settle_in(distinct_certificate());
  this->settle_in(distinct_certificate(), "D2");
  const auto fresh = this->issue_renewal();
  this->expect_code(this->begin(EnrollmentId::device("D2"), fresh), ErrorCode::conflict);
  this->use(fresh, "D2");
  EXPECT_NE(this->identity("D2"), fresh.fingerprint());
}

TYPED_TEST_P(RenewalContract, EachDeliveryVoidsTheChallengeBefore) {
  const auto id = this->settle_in(distinct_certificate());
  ASSERT_TRUE(this->renewals().open("D1", this->now()));
  this->expect_code(this->deliver("R1", "early"), ErrorCode::not_found);
  this->send("R1");
  this->expect_code(this->deliver("other", "early"), ErrorCode::not_found);
  ASSERT_TRUE(this->deliver("R1", "one"));
  ASSERT_TRUE(this->deliver("R1", "two"));
  this->expect_code(this->deliver("R1", "two"), ErrorCode::conflict);
  this->expect_code(this->issue(distinct_certificate(), this->challenge("one")),
                    ErrorCode::unauthenticated);
  const auto fresh = distinct_certificate();
  ASSERT_TRUE(this->issue(fresh, this->challenge("two")));
  this->expect_code(this->issue(distinct_certificate(), this->challenge("two")),
                    ErrorCode::unauthenticated);
  ASSERT_TRUE(this->begin(id, fresh));
  EXPECT_TRUE(this->has_everything(id));
}

TYPED_TEST_P(RenewalContract, AFailedAttemptVoidsItsChallenge) {
  this->settle_in(distinct_certificate());
  ASSERT_TRUE(this->renewals().open("D1", this->now()));
  this->send("R1");
  ASSERT_TRUE(this->deliver("R1", "one"));
  const Renewal from = this->renewal();
  const auto later = this->now() + std::chrono::minutes(10);
  ASSERT_TRUE(*this->renewals().change(
      from, {RenewalState::failed, later, from.command_uuid, 1, this->now(), "it said no"}));
  EXPECT_FALSE(*this->renewals().change(from, {RenewalState::cancelled}));  // changed meanwhile
  this->expect_code(this->issue(distinct_certificate(), this->challenge("one")),
                    ErrorCode::unauthenticated);
  EXPECT_EQ(this->renewal().error, "it said no");
  EXPECT_TRUE(this->renewals().due(this->now(), 10)->empty());
  ASSERT_TRUE(this->renewals().open("D1", this->now()));  // asked for: at once
  EXPECT_EQ(this->renewals().due(this->now(), 10)->size(), 1U);
  EXPECT_EQ(this->renewal().attempts, 1);
}

TYPED_TEST_P(RenewalContract, IdentitiesNearTheirEndAreFoundOnce) {
  const auto certificate = distinct_certificate();
  for (const auto* udid : {"D1", "D2", "D3"}) {
    this->settle_in(distinct_certificate(), udid);
  }
  ASSERT_TRUE(this->begin(EnrollmentId::device("D4"), certificate));  // not enrolled yet
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D3"), this->now()));
  const auto end = certificate.not_after();
  EXPECT_EQ(*this->renewals().open_expiring(end - std::chrono::days(2), this->now(), 10), 0);
  EXPECT_EQ(*this->renewals().open_expiring(end, this->now(), 1), 1);
  EXPECT_EQ(*this->renewals().open_expiring(end + std::chrono::seconds(1), this->now(), 10), 1);
  EXPECT_EQ(*this->renewals().open_expiring(end + std::chrono::seconds(1), this->now(), 10), 0);
  EXPECT_EQ(this->state("D1"), "due");
  EXPECT_EQ(this->state("D2"), "due");
  EXPECT_FALSE(*this->renewals().find("D3"));
  EXPECT_FALSE(*this->renewals().find("D4"));
  EXPECT_EQ(this->renewal("D1").identity_not_after, end);
  EXPECT_EQ(this->renewals().due(this->now(), 1)->size(), 1U);
}

TYPED_TEST_P(RenewalContract, OnesThatCannotBeAreRefused) {
  this->settle_in(distinct_certificate());
  this->enroll_user("D1", "U1");
  EXPECT_EQ(this->renewals().open("nobody", this->now()).error().code, ErrorCode::not_found);
  EXPECT_EQ(this->renewals().open("D1:U1", this->now()).error().code, ErrorCode::not_found);
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D1"), this->now()));
  EXPECT_EQ(this->renewals().open("D1", this->now()).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(RenewalContract, AGoodbyeCancels) {
  this->settle_in(distinct_certificate());
  this->issue_renewal();
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D1"), this->now()));
  EXPECT_EQ(this->state(), "cancelled");
}

TYPED_TEST_P(RenewalContract, ListsInPages) {
  for (const auto* udid : {"D1", "D2", "D3"}) {
    this->settle_in(distinct_certificate(), udid);
    ASSERT_TRUE(this->renewals().open(udid, this->now()));
  }
  this->send("R2", "D2");
  const auto first = this->renewals().list({}, {.limit = 2});
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].device_id, "D1");
  const auto rest = this->renewals().list({}, {.limit = 2, .after = first->next});
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->items[0].device_id, "D3");
  EXPECT_EQ(rest->next, "");
  EXPECT_EQ(this->renewals().list({.state = RenewalState::sent}, {})->items.size(), 1U);
  EXPECT_EQ(this->renewals().list({.device_id = "D3"}, {})->items.size(), 1U);
  EXPECT_EQ(this->renewals().list({}, {.after = "x"}).error().code, ErrorCode::malformed);
}

TYPED_TEST_P(RenewalContract, ACertificateIsJudgedByWhatItIsToTheDevice) {
  const auto judge = [this](const Certificate& certificate, const std::string& udid = "D1") {
    return *this->renewals().judge(udid, certificate.fingerprint());
  };
  const auto own = distinct_certificate();
  EXPECT_EQ(judge(own), IdentityClaim::newcomer);
  this->settle_in(own);  // its serial number is SERIAL
  EXPECT_EQ(judge(own), IdentityClaim::own);
  EXPECT_EQ(judge(distinct_certificate()), IdentityClaim::stranger);
  EXPECT_EQ(judge(this->issue_renewal()), IdentityClaim::renewal);
  const auto issue_for = [this](const DeviceRestriction& whom) {
    auto certificate = distinct_certificate();
    IssuedCertificate issued{certificate, "T", sha256(certificate.public_key_der()), this->now()};
    issued.device = whom;
    EXPECT_TRUE(this->certificates().record_issued(issued, std::nullopt, this->now()));
    return certificate;
  };
  EXPECT_EQ(judge(issue_for({})), IdentityClaim::stranger);
  EXPECT_EQ(judge(issue_for({"D1", ""})), IdentityClaim::named);
  EXPECT_EQ(judge(issue_for({"D2", ""})), IdentityClaim::stranger);
  EXPECT_EQ(judge(issue_for({"", "SERIAL"})), IdentityClaim::named);
  EXPECT_EQ(judge(issue_for({"", "OTHER"})), IdentityClaim::stranger);
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D1"), this->now()));
  EXPECT_EQ(judge(distinct_certificate()), IdentityClaim::newcomer);
}

TYPED_TEST_P(RenewalContract, AnApprovalIsForOneCertificateAndEnds) {
  const auto first = distinct_certificate().fingerprint();
  const auto other = distinct_certificate().fingerprint();
  const auto until = this->now() + std::chrono::hours(1);
  this->expect_code(this->renewals().approve("D1", until), ErrorCode::not_found);
  this->settle_in(distinct_certificate());
  EXPECT_FALSE(*this->renewals().use_approval("D1", first, this->now()));
  ASSERT_TRUE(this->renewals().approve("D1", until));
  EXPECT_TRUE(*this->renewals().use_approval("D1", first, this->now()));
  EXPECT_TRUE(*this->renewals().use_approval("D1", first, this->now()));  // its answer was lost
  EXPECT_FALSE(*this->renewals().use_approval("D1", other, this->now()));
  EXPECT_FALSE(*this->renewals().use_approval("D1", first, until));
  EXPECT_FALSE(*this->renewals().use_approval("nobody", first, this->now()));
  ASSERT_TRUE(this->renewals().approve("D1", until + std::chrono::hours(1)));
  EXPECT_TRUE(*this->renewals().use_approval("D1", other, until));
}

TYPED_TEST_P(RenewalContract, CountsThoseThatAreNotOver) {
  using Counts = std::map<RenewalState, std::int64_t>;
  const auto count = [&] { return *this->renewals().count(this->now() + std::chrono::hours(1)); };
  EXPECT_EQ(count().by_state, Counts{});
  for (const char* const udid : {"D1", "D2", "D3"}) {
    this->settle_in(distinct_certificate(), udid);
    ASSERT_TRUE(this->renewals().open(udid, this->now()));
  }
  this->send("R1", "D2");
  EXPECT_EQ(count().by_state, (Counts{{RenewalState::due, 2}, {RenewalState::sent, 1}}));
  EXPECT_EQ(count().late, 0);
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D3"), this->now()));
  EXPECT_EQ(count().by_state, (Counts{{RenewalState::due, 1}, {RenewalState::sent, 1}}));
}

TYPED_TEST_P(RenewalContract, CountsOpenOnesOfIdentitiesThatEndSoonAsLate) {
  const auto certificate = distinct_certificate();
  this->settle_in(certificate);
  this->use(certificate);  // from here on its end is known
  const auto after_its_end = certificate.not_after() + std::chrono::seconds(1);
  EXPECT_EQ(this->renewals().count(after_its_end)->late, 0);  // no renewal
  const auto fresh = this->issue_renewal();
  EXPECT_EQ(this->renewals().count(after_its_end)->late, 1);
  EXPECT_EQ(this->renewals().count(certificate.not_after())->late, 0);
  this->use(fresh);
  this->acknowledge_profile();
  EXPECT_EQ(this->state(), "proven");
  EXPECT_EQ(this->renewals().count(after_its_end)->late, 0);
}

REGISTER_TYPED_TEST_SUITE_P(
    RenewalContract, CountsThoseThatAreNotOver, CountsOpenOnesOfIdentitiesThatEndSoonAsLate,
    ACertificateIsJudgedByWhatItIsToTheDevice, AnApprovalIsForOneCertificateAndEnds,
    AnAuthenticateWithTheRenewedCertificateKeepsEverything,
    ACertificateThatIsOnlyUsedBecomesTheIdentityToo, TheOldCertificateIsRevokedAtTheEnd,
    ARenewalReqOfTheOwnIdentityRenews, ARenewalReqForAnOpenRenewalVoidsItsChallenge,
    AnyOtherAuthenticateIsAFreshEnrollment, TheIdentityItselfAuthenticatesAfresh,
    WhatAnEarlierRenewalBroughtDoesNotCountForThisOne, ARenewalsCertificateIsForItsDeviceOnly,
    EachDeliveryVoidsTheChallengeBefore, AFailedAttemptVoidsItsChallenge,
    IdentitiesNearTheirEndAreFoundOnce, OnesThatCannotBeAreRefused, AGoodbyeCancels, ListsInPages);

}  // namespace bramley
