#include "core/crypto/signed_message.h"

#include <gtest/gtest.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "core/base/c_handle.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using CmsHandle = CHandle<CMS_ContentInfo, CMS_ContentInfo_free>;
using BioHandle = CHandle<BIO, BIO_free_all>;

constexpr std::string_view content = "what was said";

SigningTerms terms_with_attributes() {
  SigningTerms terms;
  terms.attributes = {
      {"2.16.840.1.113733.1.9.7", SignedAttribute::Kind::printable_string, to_bytes("T1")},
      {"2.16.840.1.113733.1.9.5", SignedAttribute::Kind::octet_string, Bytes{1, 2, 3}},
      {"1.3.6.1.5.5.7.24.1", SignedAttribute::Kind::utf8_string, to_bytes("f\xC3\xBCr")},
  };
  return terms;
}

Bytes signed_by_us(const SigningTerms& terms = terms_with_attributes()) {
  const PrivateKey& key = shared_test_key(0);
  return sign_message(as_bytes(content), make_test_requester(key), key, terms).value();
}

// What OpenSSL itself makes of the same, with flags that sign_message has no use for.
CmsHandle signed_by_openssl(unsigned int flags, const EVP_MD* digest = EVP_sha256(),
                            int signers = 1) {
  const BioHandle input(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  CmsHandle cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags | CMS_PARTIAL | CMS_BINARY));
  for (int i = 0; i < signers; ++i) {
    const PrivateKey& key = shared_test_key(static_cast<std::size_t>(i));
    const Certificate certificate = make_test_requester(key, "signer " + std::to_string(i));
    CMS_add1_signer(cms.get(), certificate.native(), key.native(), digest, flags | CMS_BINARY);
  }
  if ((flags & CMS_STREAM) == 0) {
    CMS_final(cms.get(), input.get(), nullptr, flags | CMS_BINARY);
  }
  return cms;
}

Bytes der_of(const CMS_ContentInfo* cms) {
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms, &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

TEST(SignedMessage, GivesBackContentSignerAndAttributes) {
  const Bytes der = signed_by_us();
  const auto message = SignedMessage::verify(der);
  ASSERT_TRUE(succeeded(message));
  EXPECT_EQ(as_text(message->content()), content);
  EXPECT_EQ(message->signer(), make_test_requester(shared_test_key(0)));
  const auto* transaction = message->attribute("2.16.840.1.113733.1.9.7");
  ASSERT_NE(transaction, nullptr);
  EXPECT_EQ(transaction->kind, SignedAttribute::Kind::printable_string);
  EXPECT_EQ(as_text(transaction->value), "T1");
  const auto* nonce = message->attribute("2.16.840.1.113733.1.9.5");
  ASSERT_NE(nonce, nullptr);
  EXPECT_EQ(nonce->value, (Bytes{1, 2, 3}));
  const auto* text = message->attribute("1.3.6.1.5.5.7.24.1");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->kind, SignedAttribute::Kind::utf8_string);
  EXPECT_EQ(message->attribute("1.2.3"), nullptr);
}

TEST(SignedMessage, EveryDigestIsToldApart) {
  for (const auto digest : {DigestAlgorithm::sha1, DigestAlgorithm::sha256, DigestAlgorithm::sha384,
                            DigestAlgorithm::sha512}) {
    SigningTerms terms;
    terms.digest = digest;
    const auto message = SignedMessage::verify(signed_by_us(terms));
    ASSERT_TRUE(succeeded(message));
    EXPECT_EQ(message->digest(), digest);
  }
}

TEST(SignedMessage, ADigestWeDoNotSignWithIsOther) {
  const auto message = SignedMessage::verify(der_of(signed_by_openssl(0, EVP_md5()).get()));
  ASSERT_TRUE(succeeded(message));
  EXPECT_EQ(message->digest(), DigestAlgorithm::other);
  SigningTerms terms;
  terms.digest = DigestAlgorithm::other;
  const PrivateKey& key = shared_test_key(0);
  EXPECT_TRUE(
      failed_with(ErrorCode::unsupported, sign_message({}, make_test_requester(key), key, terms)));
}

TEST(SignedMessage, SigningTimeIsTheOneGiven) {
  SigningTerms terms;
  terms.signing_time = FakeClock().now();
  const auto message = SignedMessage::verify(signed_by_us(terms));
  ASSERT_TRUE(succeeded(message));
  EXPECT_EQ(message->signing_time(), FakeClock().now());
}

TEST(SignedMessage, DetachedContentIsCheckedFromOutside) {
  SigningTerms terms;
  terms.content = SigningTerms::Content::detached;
  const Bytes der = signed_by_us(terms);
  const auto message = SignedMessage::verify(der, as_bytes(content));
  ASSERT_TRUE(succeeded(message));
  EXPECT_TRUE(message->content().empty());
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated,
                          SignedMessage::verify(der, as_bytes("something else"))));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, SignedMessage::verify(der, ByteView())));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, SignedMessage::verify(der)));
}

TEST(SignedMessage, ContentInsideAndOutsideIsMalformed) {
  EXPECT_TRUE(
      failed_with(ErrorCode::malformed, SignedMessage::verify(signed_by_us(), as_bytes(content))));
}

TEST(SignedMessage, EmptyContentIsContent) {
  const PrivateKey& key = shared_test_key(0);
  const auto der = sign_message({}, make_test_requester(key), key, {});
  ASSERT_TRUE(succeeded(der));
  const auto message = SignedMessage::verify(*der);
  ASSERT_TRUE(succeeded(message));
  EXPECT_TRUE(message->content().empty());
}

TEST(SignedMessage, AlteredBytesNeverVerifyAsAnythingElse) {
  const Bytes der = signed_by_us();
  int refused = 0;
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes altered = der;
    altered[i] ^= 0x01U;
    const auto message = SignedMessage::verify(altered);
    if (!message) {
      ++refused;
      continue;
    }
    // A bit of the unsigned parts (another version number, the certificate's own signature).
    EXPECT_EQ(as_text(message->content()), content);
    EXPECT_EQ(as_text(message->attribute("2.16.840.1.113733.1.9.7")->value), "T1");
  }
  EXPECT_GT(refused, 600);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(SignedMessage, EveryTruncationAndTrailingBytesAreMalformed) {
  const Bytes der = signed_by_us();
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_TRUE(
        failed_with(ErrorCode::malformed, SignedMessage::verify(ByteView(der).first(size))));
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, SignedMessage::verify(longer)));
}

TEST(SignedMessage, IndefiniteLengthsAreAccepted) {
  const CmsHandle cms = signed_by_openssl(CMS_STREAM);
  const BioHandle input(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const BioHandle output(BIO_new(BIO_s_mem()));
  ASSERT_EQ(i2d_CMS_bio_stream(output.get(), cms.get(), input.get(), CMS_STREAM | CMS_BINARY), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(output.get(), &data);
  const ByteView ber = as_bytes({data, static_cast<std::size_t>(size)});
  ASSERT_EQ(ber[1], 0x80) << "not an indefinite length";
  const auto message = SignedMessage::verify(ber);
  ASSERT_TRUE(succeeded(message));
  EXPECT_EQ(as_text(message->content()), content);
}

TEST(SignedMessage, SignedAttributesMayBeMissing) {
  const auto message = SignedMessage::verify(der_of(signed_by_openssl(CMS_NOATTR).get()));
  ASSERT_TRUE(succeeded(message));
  EXPECT_FALSE(message->signing_time().has_value());
}

TEST(SignedMessage, NotExactlyOneSignerIsMalformed) {
  EXPECT_TRUE(failed_with(ErrorCode::malformed, SignedMessage::verify(der_of(
                                                    signed_by_openssl(0, EVP_sha256(), 2).get()))));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, SignedMessage::verify(der_of(
                                                    signed_by_openssl(0, EVP_sha256(), 0).get()))));
}

TEST(SignedMessage, ASignerWithoutItsCertificateIsMalformed) {
  EXPECT_TRUE(failed_with(ErrorCode::malformed,
                          SignedMessage::verify(der_of(signed_by_openssl(CMS_NOCERTS).get()))));
}

TEST(SignedMessage, AnAttributeThatOccursTwiceIsMalformed) {
  SigningTerms terms = terms_with_attributes();
  terms.attributes.push_back(terms.attributes.front());
  terms.attributes.back().value = to_bytes("T2");
  EXPECT_TRUE(failed_with(ErrorCode::malformed, SignedMessage::verify(signed_by_us(terms))));
}

TEST(SignedMessage, EllipticCurveKeysSignToo) {
  const auto key = PrivateKey::generate_ec_p256().value();
  const auto der = sign_message(as_bytes(content), make_test_requester(key), key, {});
  ASSERT_TRUE(succeeded(der));
  EXPECT_TRUE(succeeded(SignedMessage::verify(*der)));
}

// scep-dep trap 12: strongSwan takes nothing but rsaEncryption; and no S/MIME capabilities.
TEST(SignedMessage, SignerInfoIsPlain) {
  const Bytes der = signed_by_us();
  const unsigned char* end = der.data();
  const CmsHandle cms(d2i_CMS_ContentInfo(nullptr, &end, static_cast<long>(der.size())));
  CMS_SignerInfo* info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms.get()), 0);
  X509_ALGOR* signature = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, nullptr, nullptr, &signature);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, signature);
  EXPECT_EQ(OBJ_obj2nid(oid), NID_rsaEncryption);
  EXPECT_LT(CMS_signed_get_attr_by_NID(info, NID_SMIMECapabilities, -1), 0);
}

TEST(SignedMessage, FurtherCertificatesAreCarried) {
  SigningTerms terms;
  const Certificate other = make_test_requester(shared_test_key(1), "other");
  terms.certificates = {other, make_test_requester(shared_test_key(0))};
  const auto message = SignedMessage::verify(signed_by_us(terms));
  ASSERT_TRUE(succeeded(message));
  EXPECT_EQ(message->certificates().size(), 2U);
  EXPECT_EQ(message->signer(), make_test_requester(shared_test_key(0)));
}

TEST(CertificatesOnly, KeepsTheOrder) {
  const Certificate large = make_test_requester(shared_test_key(0), std::string(60, 'a'));
  const Certificate small = make_test_requester(shared_test_key(1), "b");
  for (const auto& order : {std::vector{large, small}, std::vector{small, large}}) {
    const auto der = make_certificates_only(order);
    ASSERT_TRUE(succeeded(der));
    const auto parsed = parse_certificates_only(*der);
    ASSERT_TRUE(succeeded(parsed));
    EXPECT_EQ(*parsed, order);
  }
}

TEST(CertificatesOnly, AnythingElseIsMalformed) {
  Bytes der = make_certificates_only({make_test_requester(shared_test_key(0))}).value();
  EXPECT_TRUE(failed_with(ErrorCode::malformed, parse_certificates_only({})));
  EXPECT_TRUE(failed_with(ErrorCode::malformed,
                          parse_certificates_only(ByteView(der).first(der.size() - 1))));
  der.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, parse_certificates_only(der)));
  EXPECT_TRUE(failed_with(ErrorCode::malformed,
                          parse_certificates_only(make_certificates_only({}).value())));
}

TEST(ClaimedSigner, IsFoundWithoutASignatureThatHolds) {
  Bytes der = signed_by_us();
  der.back() ^= 0x01U;
  ASSERT_FALSE(SignedMessage::verify(der).has_value());
  const auto signer = claimed_signer(der);
  ASSERT_TRUE(succeeded(signer));
  EXPECT_EQ(*signer, make_test_requester(shared_test_key(0)));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, claimed_signer(as_bytes("nothing"))));
}

}  // namespace
}  // namespace bramley
