#include "server/service/scep_service_fixture.h"

// Who renews an identity by SCEP, and who does not.

namespace bramley {
namespace {

using std::chrono::hours;

TEST_F(ScepServiceTest, AnIdentityRenewsItselfWithoutAChallengeWhateverTheType) {
  add_challenge("once", {"UDID-1", ""});
  requester_.challenge = "once";
  Certificate identity = enroll(requester_);
  int transaction = 0;
  for (const auto type :
       {ScepMessageType::pkcs_req, ScepMessageType::update_req, ScepMessageType::renewal_req}) {
    ScepRequester next = renewing(identity, type);
    next.terms.transaction_id = "R" + std::to_string(++transaction);
    const Certificate renewed = enroll(next);
    EXPECT_NE(renewed, identity);
    EXPECT_TRUE(shared_test_key(1).matches(renewed));
    EXPECT_EQ(certificates().find_record(renewed.fingerprint()).value()->device.udid, "UDID-1");
  }
  EXPECT_NE(log_.text().find("renewed_from=" + identity.fingerprint().hex()), std::string::npos);
}

// micromdm's client renews with its old key, and its transaction is made of the key.
TEST_F(ScepServiceTest, RenewalWithTheSameKeyAndTransactionIsANewCertificate) {
  const Certificate identity = enroll(requester_);
  ScepRequester next = renewing(identity);
  next.key = requester_.key;
  next.terms.transaction_id = requester_.terms.transaction_id;
  const Certificate renewed = enroll(next);
  EXPECT_NE(renewed, identity);
  EXPECT_EQ(enroll(next), renewed) << "a lost reply to a renewal";
  EXPECT_EQ(*certificates().count_issued(), 2);
}

TEST_F(ScepServiceTest, AnExpiredIdentityDoesNotRenew) {
  policy_.validity = hours(48);
  const Certificate identity = enroll(requester_);
  clock_.advance(hours(49));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check,
                      ask(renewing(identity, ScepMessageType::renewal_req))));
  ScepRequester as_newcomer = renewing(identity);
  as_newcomer.key = requester_.key;
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(as_newcomer)));
  as_newcomer.challenge = static_challenge;
  EXPECT_NE(enroll(as_newcomer), identity);
}

TEST_F(ScepServiceTest, WithinTheTimeOfGraceAnEnrolledDevicesExpiredIdentityRenews) {
  policy_.validity = hours(48);
  policy_.identity_grace = hours(24);
  const Certificate identity = enroll(requester_);
  enroll_device("UDID-1", identity);
  clock_.advance(hours(49));
  const Certificate by_type = enroll(renewing(identity, ScepMessageType::renewal_req));
  EXPECT_EQ(certificates().device_of(by_type.fingerprint()).value(), "UDID-1");
  ScepRequester apples = renewing(identity);  // Apple's devices say PKCSReq
  apples.key = shared_test_key(2);
  apples.terms.transaction_id = "T3";
  EXPECT_EQ(certificates().device_of(enroll(apples).fingerprint()).value(), "UDID-1");
  clock_.advance(hours(24));
  ScepRequester too_late = renewing(identity, ScepMessageType::renewal_req);
  too_late.terms.transaction_id = "T4";
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(too_late)));
}

TEST_F(ScepServiceTest, WithinTheTimeOfGraceNobodyElseRenews) {
  policy_.validity = hours(48);
  policy_.identity_grace = hours(24);
  const Certificate nobodys = enroll(requester_);
  clock_.advance(hours(49));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check,
                      ask(renewing(nobodys, ScepMessageType::renewal_req))));
  enroll_device("UDID-1", nobodys);
  ASSERT_TRUE(succeeded(
      certificates().revoke(nobodys.fingerprint(), RevocationReason::unspecified, clock_.now())));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check,
                      ask(renewing(nobodys, ScepMessageType::renewal_req))));
}

TEST_F(ScepServiceTest, AStrangerDoesNotRenew) {
  ScepRequester stranger = requester_;
  stranger.terms.type = ScepMessageType::renewal_req;
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(stranger)));
  // Of a CA with our name and another key.
  NewAuthority impostor = make_test_authority("Test SCEP CA");
  ASSERT_NE(impostor.certificate, ca());
  auto forged = LocalCertificateAuthority::load(impostor.certificate, impostor.key).value();
  const auto certificate =
      forged.issue(requester_.csr(), {clock_.now(), clock_.now() + hours(1), Bytes{5}, {}}).value();
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check,
                      ask(renewing(certificate, ScepMessageType::renewal_req))));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(renewing(certificate))));
}

TEST_F(ScepServiceTest, AnIdentityThatWasNeverRecordedDoesNotRenew) {
  const auto certificate =
      authority_->issue(requester_.csr(), {clock_.now(), clock_.now() + hours(1), Bytes{5}, {}})
          .value();
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(renewing(certificate))));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check,
                      ask(renewing(certificate, ScepMessageType::renewal_req))));
}

// By `bramley ca issue`, or by the server that had our CA before.
TEST_F(ScepServiceTest, AnIdentityIssuedElsewhereRenewsOnceADeviceEnrolledWithIt) {
  const auto identity =
      authority_->issue(requester_.csr(), {clock_.now(), clock_.now() + hours(1), Bytes{5}, {}})
          .value();
  enroll_device("UDID-1", identity);
  const Certificate renewed = enroll(renewing(identity));
  EXPECT_EQ(certificates().device_of(renewed.fingerprint()).value(), "UDID-1");
}

TEST_F(ScepServiceTest, ADevicesIdentityOfAnotherTrustedCaRenewsHere) {
  const auto other = load_test_authority("Another CA");
  const auto identity =
      other->issue(requester_.csr(), {clock_.now(), clock_.now() + hours(1), Bytes{5}, {}}).value();
  enroll_device("UDID-1", identity);
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(renewing(identity))));
  policy_.device_authorities = {other->certificate()};
  const Certificate renewed = enroll(renewing(identity));
  EXPECT_EQ(renewed.issuer(), ca().subject());
  EXPECT_EQ(certificates().device_of(renewed.fingerprint()).value(), "UDID-1");
}

}  // namespace
}  // namespace bramley
