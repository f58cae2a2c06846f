#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

template <class Maker>
class CertificateContract : public StoreContract<Maker> {
 protected:
  static Fingerprint secret(std::string_view text) { return sha256(as_bytes(text)); }
  ChallengeTerms terms(DeviceRestriction device = {}) const {
    return {this->now() + std::chrono::hours(1), std::move(device)};
  }
  IssuedCertificate issued(const Certificate& certificate, const std::string& transaction = "T1",
                           std::optional<Fingerprint> renewed_from = std::nullopt,
                           DeviceRestriction device = {}) const {
    return {.certificate = certificate,
            .transaction_id = transaction,
            .public_key = sha256(certificate.public_key_der()),
            .issued_at = this->now(),
            .renewed_from = renewed_from,
            .device = std::move(device)};
  }
  Status record(const IssuedCertificate& what,
                const std::optional<Fingerprint>& challenge = std::nullopt) {
    return this->certificates().record_issued(what, challenge, this->now());
  }
  EnrollmentToken token(const std::string& id, std::int64_t max_uses = 1) const {
    return {.id = id,
            .note = "for " + id,
            .created_at = this->now(),
            .expires_at = this->now() + std::chrono::hours(24),
            .max_uses = max_uses,
            .device = {.udid = "D1", .serial_number = "S1"}};
  }
};
TYPED_TEST_SUITE_P(CertificateContract);

TYPED_TEST_P(CertificateContract, AChallengeIsSpentByTheCertificateItEarns) {
  auto& store = this->certificates();
  const auto challenge = this->secret("one");
  ASSERT_TRUE(store.add_challenge(challenge, this->terms({"D1", "S1"}), this->now()));
  this->expect_code(store.add_challenge(challenge, this->terms(), this->now()),
                    ErrorCode::conflict);
  this->reopen();
  for (int i = 0; i < 2; ++i) {
    const auto found = this->certificates().check_challenge(challenge, this->now());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->device.udid, "D1");
    EXPECT_EQ(found->device.serial_number, "S1");
    EXPECT_EQ(found->expires_at, this->now() + std::chrono::hours(1));
  }
  ASSERT_TRUE(this->record(this->issued(distinct_certificate()), challenge));
  EXPECT_EQ(this->certificates().check_challenge(challenge, this->now()).error().code,
            ErrorCode::unauthenticated);
  const auto second = distinct_certificate();
  this->expect_code(this->record(this->issued(second), challenge), ErrorCode::unauthenticated);
  EXPECT_FALSE(*this->certificates().find_record(second.fingerprint()));
  EXPECT_EQ(*this->certificates().count_issued(), 1);
}

TYPED_TEST_P(CertificateContract, AnUnknownOrExpiredChallengeEarnsNothing) {
  const auto challenge = this->secret("one");
  ASSERT_TRUE(this->certificates().add_challenge(challenge, this->terms(), this->now()));
  this->expect_code(this->record(this->issued(distinct_certificate()), this->secret("two")),
                    ErrorCode::unauthenticated);
  this->clock_.advance(std::chrono::hours(1));
  EXPECT_FALSE(this->certificates().check_challenge(challenge, this->now()));
  this->expect_code(this->record(this->issued(distinct_certificate()), challenge),
                    ErrorCode::unauthenticated);
  EXPECT_EQ(*this->certificates().count_issued(), 0);
}

TYPED_TEST_P(CertificateContract, ACertificateIsRecordedOnce) {
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(certificate)));
  const auto challenge = this->secret("one");
  ASSERT_TRUE(this->certificates().add_challenge(challenge, this->terms(), this->now()));
  this->expect_code(this->record(this->issued(certificate), challenge), ErrorCode::conflict);
  EXPECT_TRUE(this->certificates().check_challenge(challenge, this->now()));
  EXPECT_EQ(*this->certificates().count_issued(), 1);
}

TYPED_TEST_P(CertificateContract, WhatWasIssuedIsFoundByItsRequest) {
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(certificate, "T1")));
  this->reopen();
  auto& store = this->certificates();
  const auto key = sha256(certificate.public_key_der());
  const auto found = store.find_issued("T1", key, this->now() - std::chrono::hours(1));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, certificate);
  EXPECT_EQ((*found)->der(), certificate.der());
  EXPECT_FALSE(*store.find_issued("T2", key, this->now() - std::chrono::hours(1)));
  EXPECT_FALSE(*store.find_issued("T1", this->secret("key"), this->now() - std::chrono::hours(1)));
  EXPECT_FALSE(*store.find_issued("T1", key, this->now() + std::chrono::seconds(1)));
  EXPECT_TRUE(*store.find_issued("T1", key, this->now()));
}

TYPED_TEST_P(CertificateContract, TheLatestOfARequestIsFound) {
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(first, "T1")));
  ASSERT_TRUE(this->record(this->issued(second, "T1")));
  const auto found = this->certificates().find_issued("T1", sha256(first.public_key_der()),
                                                      this->now() - std::chrono::hours(1));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, second);
}

TYPED_TEST_P(CertificateContract, ARecordSaysWhatWasIssuedAndToWhom) {
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(certificate, "T1", std::nullopt, {"D1", ""})));
  auto found = *this->certificates().find_record(certificate.fingerprint());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device_id, "");
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), certificate));
  this->reopen();
  found = *this->certificates().find_record(certificate.fingerprint());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->fingerprint, certificate.fingerprint());
  EXPECT_EQ(found->serial_hex, certificate.serial_hex());
  EXPECT_EQ(found->subject, certificate.subject());
  EXPECT_EQ(found->issued_at, this->now());
  EXPECT_EQ(found->not_after, certificate.not_after());
  EXPECT_EQ(found->device_id, "D1");
  EXPECT_EQ(found->device.udid, "D1");
  EXPECT_FALSE(*this->certificates().find_record(distinct_certificate().fingerprint()));
}

TYPED_TEST_P(CertificateContract, ACertificateForOneDeviceAuthenticatesAsNoOther) {
  const auto by_udid = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(by_udid, "T1", std::nullopt, {"D1", ""})));
  this->expect_code(this->begin(EnrollmentId::device("D2"), by_udid), ErrorCode::forbidden);
  EXPECT_FALSE(*this->enrollments().find("D2"));
  EXPECT_FALSE(*this->certificates().device_of(by_udid.fingerprint()));
  EXPECT_TRUE(this->begin(EnrollmentId::device("D1"), by_udid));

  const auto by_serial = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(by_serial, "T2", std::nullopt, {"", "S3"})));
  this->expect_code(this->begin(EnrollmentId::device("D3"), by_serial, "S4"), ErrorCode::forbidden);
  this->expect_code(this->begin(EnrollmentId::device("D3"), by_serial, ""), ErrorCode::forbidden);
  EXPECT_TRUE(this->begin(EnrollmentId::device("D3"), by_serial, "S3"));
}

TYPED_TEST_P(CertificateContract, TheChallengesRestrictionGoesIntoTheCertificate) {
  const auto challenge = this->secret("one");
  ASSERT_TRUE(this->certificates().add_challenge(challenge, this->terms({"D1", ""}), this->now()));
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(certificate), challenge));
  this->expect_code(this->begin(EnrollmentId::device("D2"), certificate), ErrorCode::forbidden);
}

TYPED_TEST_P(CertificateContract, ARenewedCertificateInheritsTheDeviceAndTheRestriction) {
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  const auto third = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(first, "T1", std::nullopt, {"D1", ""})));
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), first));
  ASSERT_TRUE(this->record(this->issued(second, "T2", first.fingerprint(), {"D2", ""})));
  this->reopen();
  EXPECT_EQ(*this->certificates().device_of(second.fingerprint()), "D1");
  EXPECT_EQ(*this->certificates().device_of(first.fingerprint()), "D1");
  ASSERT_TRUE(this->record(this->issued(third, "T3", second.fingerprint())));
  const auto record = *this->certificates().find_record(third.fingerprint());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->device_id, "D1");
  EXPECT_EQ(record->device.udid, "D1");
  this->expect_code(this->begin(EnrollmentId::device("D2"), third), ErrorCode::conflict);
  EXPECT_TRUE(this->begin(EnrollmentId::device("D1"), third));
}

TYPED_TEST_P(CertificateContract, ARenewalBeforeTheFirstAuthenticateStaysUnbound) {
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(first, "T1", std::nullopt, {"D1", ""})));
  ASSERT_TRUE(this->record(this->issued(second, "T2", first.fingerprint())));
  EXPECT_FALSE(*this->certificates().device_of(second.fingerprint()));
  this->expect_code(this->begin(EnrollmentId::device("D2"), second), ErrorCode::forbidden);
}

// An identity of another authority (--device-ca) renews here.
TYPED_TEST_P(CertificateContract, ARenewalOfAForeignCertificateInheritsItsDevice) {
  const auto foreign = distinct_certificate();
  const auto ours = distinct_certificate();
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), foreign));
  ASSERT_TRUE(this->record(this->issued(ours, "T1", foreign.fingerprint())));
  EXPECT_EQ(*this->certificates().device_of(ours.fingerprint()), "D1");
}

TYPED_TEST_P(CertificateContract, ARevokedCertificateIsNobodysIdentity) {
  auto& store = this->certificates();
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(certificate, "T1")));
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), certificate));
  ASSERT_EQ(*store.device_of(certificate.fingerprint()), "D1");
  const Timestamp revoked_at = this->now();
  ASSERT_TRUE(
      store.revoke(certificate.fingerprint(), RevocationReason::key_compromise, revoked_at));
  EXPECT_FALSE(*store.device_of(certificate.fingerprint()));
  this->clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(store.revoke(certificate.fingerprint(), RevocationReason::superseded, this->now()));
  this->reopen();
  auto& again = this->certificates();
  EXPECT_FALSE(*again.device_of(certificate.fingerprint()));
  this->expect_code(this->begin(EnrollmentId::device("D1"), certificate),
                    ErrorCode::unauthenticated);
  EXPECT_FALSE(*again.find_issued("T1", sha256(certificate.public_key_der()),
                                  this->now() - std::chrono::hours(2)));
  const auto record = *again.find_record(certificate.fingerprint());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->revoked_at, revoked_at);
  EXPECT_EQ(record->device_id, "D1") << "whose it was is still known";
  const auto listed = *again.revocations(this->now());
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].serial_hex, certificate.serial_hex());
  EXPECT_EQ(listed[0].revoked_at, revoked_at);
  EXPECT_EQ(listed[0].reason, RevocationReason::key_compromise);
  EXPECT_TRUE(again.revocations(certificate.not_after())->empty()) << "expired: not listed";
}

TYPED_TEST_P(CertificateContract, ARevokedCertificateRenewsNothing) {
  const auto old = distinct_certificate();
  ASSERT_TRUE(this->record(this->issued(old, "T1")));
  ASSERT_TRUE(this->certificates().revoke(old.fingerprint(), {}, this->now()));
  const auto next = distinct_certificate();
  this->expect_code(this->record(this->issued(next, "T2", old.fingerprint())),
                    ErrorCode::unauthenticated);
  EXPECT_FALSE(*this->certificates().find_record(next.fingerprint()));
}

TYPED_TEST_P(CertificateContract, OnlyWhatIsKnownCanBeRevoked) {
  const auto foreign = distinct_certificate();
  this->expect_code(this->certificates().revoke(foreign.fingerprint(), {}, this->now()),
                    ErrorCode::not_found);
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), foreign));
  ASSERT_TRUE(this->certificates().revoke(foreign.fingerprint(), {}, this->now()));
  EXPECT_FALSE(*this->certificates().device_of(foreign.fingerprint()));
  EXPECT_TRUE(this->certificates().revocations(this->now())->empty()) << "not issued here";
}

TYPED_TEST_P(CertificateContract, CertificatesAreListedNewestFirst) {
  std::vector<Certificate> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(distinct_certificate());
    ASSERT_TRUE(this->record(this->issued(made.back())));
  }
  for (const auto i : {1, 3, 4}) {
    ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), made[static_cast<std::size_t>(i)]));
  }
  const auto numbers = [&](std::string_view device) {
    std::string text;
    PageRequest request{.limit = 2};
    do {
      const auto page = this->certificates().list_issued(device, request);
      EXPECT_TRUE(page);
      EXPECT_LE(page->items.size(), 2U);
      for (const auto& record : page->items) {
        for (std::size_t i = 0; i < made.size(); ++i) {
          text += made[i].fingerprint() == record.fingerprint ? std::to_string(i) : "";
        }
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  };
  EXPECT_EQ(numbers(""), "43210");
  EXPECT_EQ(numbers("D1"), "431");
  EXPECT_EQ(numbers("D2"), "");
  EXPECT_EQ(*this->certificates().count_issued(), 5);
  EXPECT_EQ(this->certificates().list_issued("", {.limit = 2, .after = "?"}).error().code,
            ErrorCode::malformed);
}

TYPED_TEST_P(CertificateContract, AnEnrollmentTokenEarnsAsManyChallengesAsItSays) {
  auto& store = this->certificates();
  const auto expiry = this->now() + std::chrono::hours(1);
  ASSERT_TRUE(store.add_enrollment_token(this->secret("token"), this->token("E1", 2)));
  this->expect_code(store.add_enrollment_token(this->secret("token"), this->token("E2")),
                    ErrorCode::conflict);
  this->expect_code(store.add_enrollment_token(this->secret("other"), this->token("E1")),
                    ErrorCode::conflict);
  const auto redeem = [&](std::string_view token, std::string_view challenge) {
    return this->certificates().redeem_enrollment_token(
        this->secret(token), this->secret(challenge), expiry, this->now());
  };
  EXPECT_TRUE(redeem("token", "a"));
  this->reopen();
  EXPECT_TRUE(redeem("token", "b"));
  this->expect_code(redeem("token", "c"), ErrorCode::unauthenticated);
  this->expect_code(redeem("unknown", "c"), ErrorCode::unauthenticated);
  EXPECT_FALSE(this->certificates().check_challenge(this->secret("c"), this->now()));
  const auto terms = this->certificates().check_challenge(this->secret("b"), this->now());
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->expires_at, expiry);
  EXPECT_EQ(terms->device.udid, "D1");
  EXPECT_EQ(terms->device.serial_number, "S1");
}

TYPED_TEST_P(CertificateContract, ATokenThatFailsIsNotCounted) {
  auto& store = this->certificates();
  ASSERT_TRUE(store.add_enrollment_token(this->secret("token"), this->token("E1")));
  ASSERT_TRUE(store.add_challenge(this->secret("a"), this->terms(), this->now()));
  this->expect_code(store.redeem_enrollment_token(this->secret("token"), this->secret("a"),
                                                  this->now(), this->now()),
                    ErrorCode::conflict);
  EXPECT_EQ(store.list_enrollment_tokens({})->items.front().uses, 0);
}

TYPED_TEST_P(CertificateContract, ATokenWithoutALimitExpiresAllTheSame) {
  auto& store = this->certificates();
  ASSERT_TRUE(store.add_enrollment_token(this->secret("token"), this->token("E1", 0)));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(store.redeem_enrollment_token(
        this->secret("token"), this->secret(std::to_string(i)), this->now(), this->now()));
  }
  this->clock_.advance(std::chrono::hours(24));
  this->expect_code(store.redeem_enrollment_token(this->secret("token"), this->secret("x"),
                                                  this->now(), this->now()),
                    ErrorCode::unauthenticated);
}

TYPED_TEST_P(CertificateContract, TokensAreListedAndDeleted) {
  auto& store = this->certificates();
  for (const auto* id : {"E1", "E2", "E3"}) {
    ASSERT_TRUE(store.add_enrollment_token(this->secret(id), this->token(id, 5)));
  }
  auto page = *store.list_enrollment_tokens({.limit = 2});
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].id, "E3");
  EXPECT_EQ(page.items[0].note, "for E3");
  EXPECT_EQ(page.items[0].max_uses, 5);
  EXPECT_EQ(page.items[0].created_at, this->now());
  EXPECT_EQ(page.items[0].device.serial_number, "S1");
  page = *store.list_enrollment_tokens({.limit = 2, .after = page.next});
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].id, "E1");
  EXPECT_EQ(page.next, "");
  EXPECT_TRUE(store.delete_enrollment_token("E2"));
  this->expect_code(store.delete_enrollment_token("E2"), ErrorCode::not_found);
  this->expect_code(store.redeem_enrollment_token(this->secret("E2"), this->secret("x"),
                                                  this->now(), this->now()),
                    ErrorCode::unauthenticated);
  EXPECT_EQ(store.list_enrollment_tokens({})->items.size(), 2U);
}

TYPED_TEST_P(CertificateContract, ASweepTakesWhatIsOverAndNoMore) {
  auto& store = this->certificates();
  for (const auto* name : {"a", "b", "c"}) {
    ASSERT_TRUE(store.add_challenge(this->secret(name), this->terms(), this->now()));
  }
  auto later = this->terms();
  later.expires_at += std::chrono::hours(9);
  ASSERT_TRUE(store.add_challenge(this->secret("later"), later, this->now()));
  ASSERT_TRUE(store.add_enrollment_token(this->secret("E1"), this->token("E1", 1)));
  ASSERT_TRUE(store.add_enrollment_token(this->secret("E2"), this->token("E2", 1)));
  ASSERT_TRUE(store.redeem_enrollment_token(this->secret("E1"), this->secret("d"), later.expires_at,
                                            this->now()));
  EXPECT_EQ(*store.sweep(this->now(), 100), 1);
  this->clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(*store.sweep(this->now(), 2), 2);
  EXPECT_EQ(*store.sweep(this->now(), 100), 1);
  EXPECT_EQ(*store.sweep(this->now(), 100), 0);
  EXPECT_TRUE(store.check_challenge(this->secret("later"), this->now()));
  EXPECT_TRUE(store.check_challenge(this->secret("d"), this->now()));
  EXPECT_EQ(store.list_enrollment_tokens({})->items.size(), 1U);
}

REGISTER_TYPED_TEST_SUITE_P(CertificateContract, AChallengeIsSpentByTheCertificateItEarns,
                            AnUnknownOrExpiredChallengeEarnsNothing, ACertificateIsRecordedOnce,
                            WhatWasIssuedIsFoundByItsRequest, TheLatestOfARequestIsFound,
                            ARecordSaysWhatWasIssuedAndToWhom,
                            ACertificateForOneDeviceAuthenticatesAsNoOther,
                            TheChallengesRestrictionGoesIntoTheCertificate,
                            ARenewedCertificateInheritsTheDeviceAndTheRestriction,
                            ARenewalBeforeTheFirstAuthenticateStaysUnbound,
                            ARenewalOfAForeignCertificateInheritsItsDevice,
                            ARevokedCertificateIsNobodysIdentity, ARevokedCertificateRenewsNothing,
                            OnlyWhatIsKnownCanBeRevoked, CertificatesAreListedNewestFirst,
                            AnEnrollmentTokenEarnsAsManyChallengesAsItSays,
                            ATokenThatFailsIsNotCounted, ATokenWithoutALimitExpiresAllTheSame,
                            TokensAreListedAndDeleted, ASweepTakesWhatIsOverAndNoMore);

}  // namespace bramley
