#include <thread>

#include "core/crypto/issuer_and_subject.h"
#include "server/service/scep_service_fixture.h"
#include "tests/support/vectors.h"

namespace bramley {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST_F(ScepServiceTest, IssuesOnTheStaticChallenge) {
  const Certificate certificate = enroll(requester_);
  EXPECT_TRUE(requester_.key.matches(certificate));
  EXPECT_EQ(certificate.common_name(), "device");
  EXPECT_EQ(certificate.not_before(), clock_.now() - hours(24));
  EXPECT_EQ(certificate.not_after(), clock_.now() + hours(24 * 365));
  EXPECT_TRUE(succeeded(TrustStore::of({ca()})->verify(certificate, clock_.now())));
  EXPECT_TRUE(certificates().find_record(certificate.fingerprint())->has_value());
  EXPECT_NE(log_.text().find("info SCEP certificate issued transaction_id=T1 subject=CN=device"),
            std::string::npos)
      << log_.text();
  EXPECT_EQ(log_.text().find(static_challenge), std::string::npos);
}

TEST_F(ScepServiceTest, SerialsAreLongRandomAndPositive) {
  std::set<std::string> serials;
  bool high_bit = false;
  for (int i = 0; i < 8; ++i) {
    requester_.terms.transaction_id = "T" + std::to_string(i);
    const std::string serial = enroll(requester_).serial_hex();
    EXPECT_GT(serial.size(), 24U);
    EXPECT_LE(serial.size(), 32U);
    high_bit = high_bit || (serial.size() == 32 && serial.front() >= '8');
    serials.insert(serial);
  }
  EXPECT_EQ(serials.size(), 8U);
  EXPECT_TRUE(high_bit) << "128 bits, not 127";
}

TEST_F(ScepServiceTest, NoCertificateOutlivesTheCa) {
  policy_.validity = hours(24 * 365 * 100);
  EXPECT_EQ(enroll(requester_).not_after(), ca().not_after());
}

TEST_F(ScepServiceTest, AnExpiredCaIssuesNothing) {
  clock_.set(ca().not_after());
  requester_.signer = make_test_requester(requester_.key, "late", clock_.now());
  requester_.terms.signing_time = clock_.now();
  EXPECT_TRUE(failed_with(ErrorCode::internal, ask(requester_)));
  EXPECT_EQ(*certificates().count_issued(), 0);
}

TEST_F(ScepServiceTest, EveryCipherAndDigestIsAnsweredInKind) {
  int transaction = 0;
  for (const auto digest : {DigestAlgorithm::sha1, DigestAlgorithm::sha256, DigestAlgorithm::sha384,
                            DigestAlgorithm::sha512}) {
    for (const auto cipher : {ContentCipher::des_ede3_cbc, ContentCipher::aes_128_cbc,
                              ContentCipher::aes_192_cbc, ContentCipher::aes_256_cbc}) {
      requester_.terms.transaction_id = std::to_string(++transaction);
      requester_.terms.digest = digest;
      requester_.terms.cipher = cipher;
      const auto reply = answer(requester_.request(ca()));
      ASSERT_TRUE(succeeded(reply));
      const auto message = SignedMessage::verify(*reply).value();
      EXPECT_EQ(message.digest(), digest);
      EXPECT_EQ(
          open_envelope(message.content(), requester_.signer, requester_.key, SingleDes::refuse)
              ->cipher,
          cipher);
    }
  }
}

TEST_F(ScepServiceTest, SingleDesOnlyWithLeave) {
  const Bytes envelope =
      seal_envelope(requester_.csr().der(), ca(), ContentCipher::des_cbc, SingleDes::allow).value();
  SigningTerms terms;
  const auto attribute = [&](std::string oid, std::string_view text) {
    terms.attributes.push_back(
        {std::move(oid), SignedAttribute::Kind::printable_string, to_bytes(text)});
  };
  attribute("2.16.840.1.113733.1.9.2", "19");
  attribute("2.16.840.1.113733.1.9.7", requester_.terms.transaction_id);
  terms.attributes.push_back({"2.16.840.1.113733.1.9.5", SignedAttribute::Kind::octet_string,
                              requester_.terms.sender_nonce});
  const Bytes request =
      sign_message(envelope, requester_.signer, requester_.signer_key, terms).value();
  // Without a signing time of ours the machine's is in it.
  policy_.clock_tolerance = hours(24 * 365 * 50);
  const auto refusal = answer(request);
  ASSERT_TRUE(succeeded(refusal));
  EXPECT_TRUE(refused(ScepFailInfo::bad_alg, requester_.read(*refusal, ca())));

  policy_.single_des = SingleDes::allow;
  const auto reply = answer(request);
  ASSERT_TRUE(succeeded(reply));
  const auto opened = open_envelope(SignedMessage::verify(*reply)->content(), requester_.signer,
                                    requester_.key, SingleDes::allow);
  ASSERT_TRUE(succeeded(opened)) << log_.text();
  EXPECT_EQ(opened->cipher, ContentCipher::des_cbc);
}

TEST_F(ScepServiceTest, AChallengeMustBeRight) {
  for (const std::string_view challenge : {"", "wrong", "the static one "}) {
    requester_.challenge = challenge;
    EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(requester_))) << challenge;
  }
  policy_.static_challenge.reset();
  requester_.challenge = static_challenge;
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(requester_)));
  EXPECT_EQ(*certificates().count_issued(), 0);
  EXPECT_NE(log_.text().find("warn SCEP request refused transaction_id=T1"), std::string::npos);
  EXPECT_EQ(log_.text().find("wrong"), std::string::npos);
}

TEST_F(ScepServiceTest, AOneTimeChallengeIsSpentByASuccess) {
  add_challenge("once", {"UDID-1", "SERIAL-1"});
  requester_.challenge = "once";
  // A refusal for another reason leaves it.
  policy_.min_key_bits = 4096;
  EXPECT_TRUE(refused(ScepFailInfo::bad_alg, ask(requester_)));
  policy_.min_key_bits = 2048;
  const Certificate certificate = enroll(requester_);
  const auto record = certificates().find_record(certificate.fingerprint()).value();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->device.udid, "UDID-1");
  EXPECT_EQ(record->device.serial_number, "SERIAL-1");

  ScepRequester another;
  another.key = another.signer_key = shared_test_key(2);
  another.signer = make_test_requester(another.key, "another");
  another.challenge = "once";
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(another)));
}

TEST_F(ScepServiceTest, AnExpiredChallengeIsRefused) {
  add_challenge("once");
  clock_.advance(hours(1));
  requester_.challenge = "once";
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(requester_)));
}

TEST_F(ScepServiceTest, ALostReplyIsSentAgainForAnHour) {
  add_challenge("once");
  requester_.challenge = "once";
  const Certificate certificate = enroll(requester_);
  clock_.advance(minutes(60));
  EXPECT_EQ(enroll(requester_), certificate);
  EXPECT_EQ(*certificates().count_issued(), 1);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(requester_)));
}

TEST_F(ScepServiceTest, ALostReplyIsForTheSameTransactionAndKeyAlone) {
  add_challenge("once");
  requester_.challenge = "once";
  enroll(requester_);
  ScepRequester other = requester_;
  other.terms.transaction_id = "T9";
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(other)));
  other = requester_;
  other.key = other.signer_key = shared_test_key(2);
  other.signer = make_test_requester(other.key, "another");
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask(other)));
}

TEST_F(ScepServiceTest, TheSameRequestTwiceAtOnceGetsOneCertificate) {
  add_challenge("once");
  requester_.challenge = "once";
  const Bytes request = requester_.request(ca());
  ScepService service(certificates(), authority_, policy_, clock_, random_, log_);
  std::vector<std::optional<Certificate>> certificates_seen(6);
  std::vector<std::thread> threads;
  for (auto& seen : certificates_seen) {
    threads.emplace_back([&] {
      const auto reply = service.answer(request);
      if (reply) {
        seen = requester_.read(*reply, ca())->certificate;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& seen : certificates_seen) {
    ASSERT_TRUE(seen.has_value());
    EXPECT_EQ(*seen, *certificates_seen.front());
  }
  EXPECT_EQ(*certificates().count_issued(), 1);
}

TEST_F(ScepServiceTest, ANewcomerSignsWithTheKeyItWantsCertified) {
  requester_.key = shared_test_key(1);
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, ask(requester_)));
  // Apple's temporary signer has a key of its own.
  requester_.signer = make_test_requester(requester_.signer_key, "MDM SCEP SIGNER");
  EXPECT_TRUE(shared_test_key(1).matches(enroll(requester_)));
}

TEST_F(ScepServiceTest, ARequestWhoseOwnSignatureIsWrongProvesNothing) {
  Bytes csr = requester_.csr().der();
  csr.back() ^= 1U;
  const auto reply = answer(requester_.message(csr, ca()));
  ASSERT_TRUE(succeeded(reply));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, requester_.read(*reply, ca())));
}

TEST_F(ScepServiceTest, KeysOutsideThePolicyAreBadAlg) {
  for (const int bits : {1024, 1536}) {
    requester_.key = requester_.signer_key = PrivateKey::generate_rsa(bits).value();
    requester_.signer = make_test_requester(requester_.key);
    EXPECT_TRUE(refused(ScepFailInfo::bad_alg, ask(requester_)));
  }
  policy_.min_key_bits = 1024;
  EXPECT_TRUE(requester_.key.matches(enroll(requester_)));
  const Certificate identity = enroll(requester_);
  ScepRequester elliptic = renewing(identity);
  elliptic.key = PrivateKey::generate_ec_p256().value();
  EXPECT_TRUE(refused(ScepFailInfo::bad_alg, ask(elliptic)));
}

TEST_F(ScepServiceTest, ASignerThatNoReplyCanBeSealedForIsBadAlg) {
  requester_.signer_key = PrivateKey::generate_ec_p256().value();
  requester_.signer = make_test_requester(requester_.signer_key);
  const auto reply = answer(requester_.request(ca()));
  ASSERT_TRUE(succeeded(reply));
  EXPECT_TRUE(refused(ScepFailInfo::bad_alg, requester_.read(*reply, ca())));
}

TEST_F(ScepServiceTest, ASigningTimeFarOffIsBadTime) {
  for (const auto offset : {hours(25), hours(-25)}) {
    requester_.terms.signing_time = clock_.now() + offset;
    EXPECT_TRUE(refused(ScepFailInfo::bad_time, ask(requester_)));
  }
  for (const auto offset : {hours(24), hours(-24)}) {
    requester_.terms.signing_time = clock_.now() + offset;
    enroll(requester_);
  }
}

TEST_F(ScepServiceTest, SealedForAnotherCaIsBadMessageCheck) {
  const auto other = load_test_authority("Another CA");
  const auto reply = answer(requester_.request(other->certificate()));
  ASSERT_TRUE(succeeded(reply));
  EXPECT_TRUE(refused(ScepFailInfo::bad_message_check, requester_.read(*reply, ca())));
}

TEST_F(ScepServiceTest, PollingGivesWhatWasIssued) {
  ScepRequester poller = requester_;
  poller.terms.type = ScepMessageType::cert_poll;
  poller.terms.sender_nonce = Bytes(16, 8);
  const Bytes names = IssuerAndSubject{ca().subject_der(), poller.csr().subject_der()}.der();
  const auto poll = [&]() -> Result<ScepReply> {
    poller.terms.signing_time = clock_.now();
    TRY_ASSIGN(const Bytes reply, answer(poller.message(names, ca())));
    return poller.read(reply, ca());
  };
  EXPECT_TRUE(refused(ScepFailInfo::bad_cert_id, poll()));
  const Certificate certificate = enroll(requester_);
  const auto reply = poll();
  ASSERT_TRUE(succeeded(reply));
  EXPECT_EQ(reply->certificate, certificate);
  clock_.advance(hours(2));
  EXPECT_TRUE(refused(ScepFailInfo::bad_cert_id, poll()));
}

TEST_F(ScepServiceTest, OtherMessageTypesAreRefusedInKind) {
  for (const auto& [type, fail_info] : {std::pair(21, ScepFailInfo::bad_cert_id),
                                        {22, ScepFailInfo::bad_request},
                                        {3, ScepFailInfo::bad_request},
                                        {99, ScepFailInfo::bad_request},
                                        {0, ScepFailInfo::bad_request}}) {
    requester_.terms.type = static_cast<ScepMessageType>(type);
    EXPECT_TRUE(refused(fail_info, ask(requester_))) << type;
  }
}

TEST_F(ScepServiceTest, WhatCannotBeReadIsAnErrorAndChangesNothing) {
  EXPECT_TRUE(failed_with(ErrorCode::malformed, answer({})));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, answer(as_bytes("hello"))));
  const Bytes request = requester_.request(ca());
  for (std::size_t size = 0; size < request.size(); size += 7) {
    EXPECT_FALSE(answer(ByteView(request).first(size)).has_value());
  }
  Bytes altered = request;
  altered.back() ^= 1U;
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, answer(altered)));
  EXPECT_EQ(*certificates().count_issued(), 0);
}

// The request of a Mac as in 2016, whose CA's key we have this time.
TEST_F(ScepServiceTest, AMacOf2016IsRefusedForItsKeyAndEnrollsWhenAllowed) {
  authority_ = std::make_shared<LocalCertificateAuthority>(
      LocalCertificateAuthority::load(
          Certificate::from_file_content(own_vector("apple-like-ca.pem")).value(),
          PrivateKey::from_file_content(own_vector("apple-like-ca.key")).value())
          .value());
  const Bytes request = own_vector("apple-like-PKCSReq.der");
  const auto parsed = parse_scep_request(request).value();
  const ScepExpectation expected{parsed.transaction_id, parsed.sender_nonce, {ca()}};
  const auto key = PrivateKey::from_file_content(own_vector("apple-like-signer.key")).value();
  const auto ask_again = [&] {
    return parse_scep_reply(answer(request).value(), expected, parsed.message.signer(), key);
  };
  EXPECT_TRUE(refused(ScepFailInfo::bad_alg, ask_again()));
  policy_.min_key_bits = 1024;
  // Its profile has no challenge.
  EXPECT_TRUE(refused(ScepFailInfo::bad_request, ask_again()));
}

}  // namespace
}  // namespace bramley
