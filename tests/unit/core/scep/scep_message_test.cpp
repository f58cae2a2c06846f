#include "core/scep/scep_message.h"

#include <gtest/gtest.h>

#include "core/crypto/issuer_and_subject.h"
#include "core/scep/scep_attributes.h"
#include "tests/support/scep_requester.h"
#include "tests/support/vectors.h"

namespace bramley {
namespace {

class ScepMessageTest : public testing::Test {
 protected:
  [[nodiscard]] const Certificate& ca() const { return authority_->certificate(); }
  [[nodiscard]] ScepResponder responder(SingleDes single_des = SingleDes::refuse) {
    return {*authority_, single_des, FakeClock().now(), random_};
  }
  // Signed by the requester with exactly these attributes.
  [[nodiscard]] Bytes signed_with(std::vector<SignedAttribute> attributes) const {
    SigningTerms terms;
    terms.attributes = std::move(attributes);
    return sign_message(as_bytes("content"), requester_.signer, requester_.signer_key, terms)
        .value();
  }

  std::shared_ptr<LocalCertificateAuthority> authority_ = load_test_authority();
  SeededRandom random_;
  ScepRequester requester_;
};

TEST_F(ScepMessageTest, ARequestIsReadFromTheOutside) {
  const auto request = parse_scep_request(requester_.request(ca()));
  ASSERT_TRUE(succeeded(request));
  EXPECT_EQ(request->type, ScepMessageType::pkcs_req);
  EXPECT_EQ(request->transaction_id, "T1");
  EXPECT_EQ(request->sender_nonce, Bytes(16, 7));
  EXPECT_EQ(request->message.signer(), requester_.signer);
}

TEST_F(ScepMessageTest, WithoutTransactionOrNonceItIsMalformed) {
  const auto type = scep_text(scep_message_type_oid, "19");
  const auto transaction = scep_text(scep_transaction_id_oid, "T1");
  const auto nonce = scep_octets(scep_sender_nonce_oid, Bytes(16, 1));
  EXPECT_TRUE(succeeded(parse_scep_request(signed_with({type, transaction, nonce}))));
  for (const auto& attributes : std::vector<std::vector<SignedAttribute>>{
           {},
           {type, transaction},
           {type, nonce},
           {type, nonce, scep_text(scep_transaction_id_oid, "")},
           {type, nonce, scep_text(scep_transaction_id_oid, std::string(256, 'x'))},
           {type, nonce, scep_text(scep_transaction_id_oid, "a\nb")},
           {type, nonce, scep_octets(scep_transaction_id_oid, as_bytes("T1"))},
           {type, transaction, scep_octets(scep_sender_nonce_oid, {})},
           {type, transaction, scep_octets(scep_sender_nonce_oid, Bytes(65, 1))},
           {type, transaction, scep_text(scep_sender_nonce_oid, "0123456789abcdef")}}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, parse_scep_request(signed_with(attributes))));
  }
}

TEST_F(ScepMessageTest, LongTransactionsAndOddNoncesAreFine) {
  requester_.terms.transaction_id = std::string(255, '7');
  for (const std::size_t size : {1U, 8U, 64U}) {
    requester_.terms.sender_nonce = Bytes(size, 9);
    EXPECT_TRUE(succeeded(parse_scep_request(requester_.request(ca()))));
  }
}

TEST_F(ScepMessageTest, AnyMessageTypeIsKeptForTheAnswer) {
  const auto transaction = scep_text(scep_transaction_id_oid, "T1");
  const auto nonce = scep_octets(scep_sender_nonce_oid, Bytes(16, 1));
  for (const auto& [text, type] : {std::pair("17", 17),
                                   {"99", 99},
                                   {"9999", 9999},
                                   {"", -1},
                                   {"x", -1},
                                   {"-3", -1},
                                   {"99999", -1}}) {
    const auto request = parse_scep_request(
        signed_with({scep_text(scep_message_type_oid, text), transaction, nonce}));
    ASSERT_TRUE(succeeded(request));
    EXPECT_EQ(static_cast<int>(request->type), type) << text;
  }
  const auto without = parse_scep_request(signed_with({transaction, nonce}));
  ASSERT_TRUE(succeeded(without));
  EXPECT_EQ(static_cast<int>(without->type), -1);
}

TEST_F(ScepMessageTest, ABrokenSignatureIsUnauthenticated) {
  Bytes message = requester_.request(ca());
  message.back() ^= 1U;
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, parse_scep_request(message)));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, parse_scep_request({})));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, parse_scep_request(as_bytes("GET / HTTP/1.1"))));
}

TEST_F(ScepMessageTest, TheInsideIsACertificationRequest) {
  const auto request = parse_scep_request(requester_.request(ca())).value();
  const auto content = open_scep_content(request, *authority_, SingleDes::refuse);
  ASSERT_TRUE(std::holds_alternative<ScepContent>(content));
  EXPECT_EQ(std::get<ScepContent>(content).request->common_name(), "device");
  EXPECT_EQ(std::get<ScepContent>(content).cipher, ContentCipher::aes_128_cbc);
}

TEST_F(ScepMessageTest, APollNamesIssuerAndSubject) {
  requester_.terms.type = ScepMessageType::cert_poll;
  const Bytes names = IssuerAndSubject{ca().subject_der(), requester_.csr().subject_der()}.der();
  const auto request = parse_scep_request(requester_.message(names, ca())).value();
  const auto content = open_scep_content(request, *authority_, SingleDes::refuse);
  ASSERT_TRUE(std::holds_alternative<ScepContent>(content));
  EXPECT_EQ(std::get<ScepContent>(content).issuer_and_subject, names);
}

// Whoever replays an envelope with a bit changed must not learn how far it got.
TEST_F(ScepMessageTest, WhateverCannotBeOpenedIsRefusedInTheSameWords) {
  const Certificate other = load_test_authority("Another CA")->certificate();
  for (const auto type : {ScepMessageType::pkcs_req, ScepMessageType::cert_poll}) {
    requester_.terms.type = type;
    for (const Bytes& message :
         {requester_.request(other), requester_.message(as_bytes("no request"), ca()),
          requester_.message({}, ca())}) {
      const auto request = parse_scep_request(message).value();
      const auto content = open_scep_content(request, *authority_, SingleDes::refuse);
      ASSERT_TRUE(std::holds_alternative<ScepRefusal>(content));
      const auto& refusal = std::get<ScepRefusal>(content);
      EXPECT_EQ(refusal.fail_info, ScepFailInfo::bad_message_check);
      EXPECT_EQ(refusal.text, "the message cannot be opened");
    }
  }
}

TEST_F(ScepMessageTest, SuccessHoldsTheCertificateAloneInTheSameCipherAndDigest) {
  for (const auto cipher : {ContentCipher::des_ede3_cbc, ContentCipher::aes_128_cbc,
                            ContentCipher::aes_192_cbc, ContentCipher::aes_256_cbc}) {
    requester_.terms.digest =
        cipher == ContentCipher::des_ede3_cbc ? DigestAlgorithm::sha1 : DigestAlgorithm::sha512;
    const auto request = parse_scep_request(requester_.request(ca())).value();
    const auto der = make_scep_success(request, requester_.signer, cipher, responder());
    ASSERT_TRUE(succeeded(der));
    const auto message = SignedMessage::verify(*der).value();
    EXPECT_EQ(message.digest(), requester_.terms.digest);
    EXPECT_EQ(message.signer(), ca());
    const auto opened =
        open_envelope(message.content(), requester_.signer, requester_.key, SingleDes::refuse);
    ASSERT_TRUE(succeeded(opened));
    EXPECT_EQ(opened->cipher, cipher);
    EXPECT_EQ(parse_certificates_only(opened->content).value(), std::vector{requester_.signer});
  }
}

TEST_F(ScepMessageTest, RepliesCarryTheirAttributes) {
  const auto request = parse_scep_request(requester_.request(ca())).value();
  const auto der = make_scep_failure(request, ScepFailInfo::bad_time, "too late", responder());
  ASSERT_TRUE(succeeded(der));
  const auto message = SignedMessage::verify(*der).value();
  EXPECT_TRUE(message.content().empty());
  for (const auto& [oid, text] : {std::pair(scep_message_type_oid, "3"),
                                  {scep_pki_status_oid, "2"},
                                  {scep_fail_info_oid, "3"},
                                  {scep_transaction_id_oid, "T1"}}) {
    const auto* attribute = message.attribute(oid);
    ASSERT_NE(attribute, nullptr) << oid;
    // Apple takes them as PrintableString only.
    EXPECT_EQ(attribute->kind, SignedAttribute::Kind::printable_string) << oid;
    EXPECT_EQ(as_text(attribute->value), text) << oid;
  }
  EXPECT_EQ(message.attribute(scep_fail_info_text_oid)->kind, SignedAttribute::Kind::utf8_string);
  EXPECT_EQ(read_scep_nonce(message, scep_recipient_nonce_oid), Bytes(16, 7));
  const auto nonce = read_scep_nonce(message, scep_sender_nonce_oid);
  ASSERT_TRUE(nonce.has_value());
  EXPECT_EQ(nonce->size(), 16U);
  EXPECT_NE(nonce, Bytes(16, 7));
  EXPECT_EQ(message.signing_time(), FakeClock().now());
}

TEST_F(ScepMessageTest, ARequestLikeTheMacsOf2016IsReadAndAnswered) {
  const auto key = PrivateKey::from_file_content(own_vector("apple-like-ca.key")).value();
  const auto certificate = Certificate::from_file_content(own_vector("apple-like-ca.pem")).value();
  const auto authority = LocalCertificateAuthority::load(certificate, key).value();
  const auto request = parse_scep_request(own_vector("apple-like-PKCSReq.der"));
  ASSERT_TRUE(succeeded(request));
  EXPECT_EQ(request->type, ScepMessageType::pkcs_req);
  EXPECT_EQ(request->transaction_id, "62A4409CB81D61470500EEDD56F64C14E63B037F");
  EXPECT_EQ(request->sender_nonce.size(), 8U);
  EXPECT_EQ(request->message.digest(), DigestAlgorithm::sha1);
  const auto content = open_scep_content(*request, authority, SingleDes::refuse);
  ASSERT_TRUE(std::holds_alternative<ScepContent>(content));
  const auto& csr = *std::get<ScepContent>(content).request;
  EXPECT_EQ(csr.common_name(), "com.apple.security.scep.6EC08A53-0C63-4B52-8FD7-FAE3F37A6EE2");
  EXPECT_EQ(csr.public_key_bits(), 1024);
  EXPECT_TRUE(succeeded(csr.verify_signature()));
  EXPECT_EQ(std::get<ScepContent>(content).cipher, ContentCipher::des_ede3_cbc);

  const auto signer_key =
      PrivateKey::from_file_content(own_vector("apple-like-signer.key")).value();
  const auto reply = make_scep_success(*request, certificate, ContentCipher::des_ede3_cbc,
                                       {authority, SingleDes::refuse, FakeClock().now(), random_});
  ASSERT_TRUE(succeeded(reply));
  const auto message = SignedMessage::verify(*reply).value();
  EXPECT_EQ(message.digest(), DigestAlgorithm::sha1);
  EXPECT_TRUE(succeeded(
      open_envelope(message.content(), request->message.signer(), signer_key, SingleDes::refuse)));
}

TEST_F(ScepMessageTest, AGenuineRequestOfAppleIsRead) {
  const auto der = foreign_vector("apple-2016-PKCSReq.der");
  if (!der) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  const auto request = parse_scep_request(*der);
  ASSERT_TRUE(succeeded(request));
  EXPECT_EQ(request->type, ScepMessageType::pkcs_req);
  EXPECT_EQ(request->transaction_id, "A13090761A30F66664F85D37433D2065E1112BA1");
  EXPECT_EQ(request->sender_nonce.size(), 8U);
  EXPECT_EQ(request->message.digest(), DigestAlgorithm::sha1);
  EXPECT_EQ(request->message.signer().common_name(), "MDM SCEP SIGNER");
  // It is sealed for a CA whose key nobody published.
  const auto content = open_scep_content(*request, *authority_, SingleDes::refuse);
  ASSERT_TRUE(std::holds_alternative<ScepRefusal>(content));
  EXPECT_EQ(std::get<ScepRefusal>(content).fail_info, ScepFailInfo::bad_message_check);
}

}  // namespace
}  // namespace bramley
