#include "core/crypto/mdm_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <thread>

#include "core/crypto/mdm_signed_data.h"
#include "core/crypto/signed_message.h"
#include "tests/support/certificate_shapes.h"
#include "tests/support/mdm_messages.h"
#include "tests/support/scep_fixture.h"
#include "tests/support/vectors.h"

namespace bramley {
namespace {

using testing::HasSubstr;

const Timestamp now = FakeClock().now();
const Bytes body = to_bytes("<plist><dict><key>Status</key><string>Idle</string></dict></plist>");

constexpr unsigned int detached = CMS_DETACHED;
constexpr unsigned int attached = 0;

struct Device {
  Certificate certificate;
  PrivateKey key;
};

Device make_device(const PrivateKey& key, const Certificate& issuer, std::string name = "device",
                   long serial = 7) {
  CertificateShape shape;
  shape.common_name = std::move(name);
  shape.serial = serial;
  return {make_shape(shape, key, shared_test_key(0), &issuer), key};
}

class MdmSignatureTest : public testing::Test {
 protected:
  const Certificate root =
      make_shape(ca_shape("Root"), shared_test_key(0), shared_test_key(0), nullptr);
  const TrustStore trust = TrustStore::of({root}).value();
  const Device rsa = make_device(shared_test_key(1), root);
  const Device ec = make_device(PrivateKey::generate_ec_p256().value(), root, "ec device", 8);
  MdmSignatureVerifier verifier;

  static std::string header_of(const Device& device, const MdmMessageShape& shape = {}) {
    return encode_base64(make_mdm_message(body, device.certificate, device.key, shape));
  }

  // What both ways agree on; the short one may have seen the certificate or not.
  Result<Certificate> verdict(std::string_view header, ByteView content = body,
                              const Timestamp time = now) {
    const auto stock = verify_mdm_signature_stock(header, content, trust, time);
    for (int round = 0; round < 2; ++round) {
      const auto fast = verifier.verify(header, content, trust, time);
      EXPECT_EQ(fast.has_value(), stock.has_value());
      if (fast && stock) {
        EXPECT_EQ(*fast, *stock);
      } else if (!fast && !stock) {
        EXPECT_EQ(fast.error().code, stock.error().code);
        EXPECT_EQ(fast.error().message, stock.error().message);
      }
      EXPECT_EQ(ERR_peek_error(), 0U);
    }
    return stock;
  }

  void expect_refusal(std::string_view header, std::string_view reason, ErrorCode code) {
    const auto result = verdict(header);
    ASSERT_TRUE(failed_with(code, result));
    EXPECT_THAT(result.error().message, HasSubstr(std::string(reason)));
  }

  // Accepted both ways, and by the short one from the second time on.
  void expect_short_way(std::string_view header, const Device& device) {
    MdmSignatureVerifier fresh;
    for (std::uint64_t round = 0; round < 3; ++round) {
      const auto signer = fresh.verify(header, body, trust, now);
      ASSERT_TRUE(succeeded(signer));
      EXPECT_EQ(*signer, device.certificate);
      EXPECT_EQ(fresh.ways().complete_way, 1U);
      EXPECT_EQ(fresh.ways().short_way, round);
    }
    EXPECT_TRUE(succeeded(verdict(header)));
  }

  void expect_complete_way_only(std::string_view header) {
    MdmSignatureVerifier fresh;
    EXPECT_TRUE(succeeded(fresh.verify(header, body, trust, now)));
    EXPECT_TRUE(succeeded(fresh.verify(header, body, trust, now)));
    EXPECT_EQ(fresh.ways().short_way, 0U);
    EXPECT_TRUE(succeeded(verdict(header)));
  }
};

TEST_F(MdmSignatureTest, AcceptsEveryDigestKeyAndFormThatDevicesUse) {
  for (const Device* device : {&rsa, &ec}) {
    for (const EVP_MD* digest : {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
      // With and without signed attributes; attached content is passed over.
      for (const unsigned int flags :
           {detached, detached | CMS_NOATTR, attached, attached | CMS_NOATTR}) {
        const Bytes der = make_mdm_message(body, device->certificate, device->key, {digest, flags});
        expect_short_way(encode_base64(der), *device);
        expect_short_way(encode_base64(with_indefinite_lengths(der)), *device);
      }
    }
  }
}

TEST_F(MdmSignatureTest, AcceptsWhatItMadeItself) {
  for (const Device* device : {&rsa, &ec}) {
    const auto header = make_mdm_signature(body, device->certificate, device->key, now);
    ASSERT_TRUE(succeeded(header));
    expect_short_way(*header, *device);
  }
}

TEST_F(MdmSignatureTest, AcceptsASignerNamedByItsKeyAndAChain) {
  CertificateShape shape = ca_shape("Middle");
  const Certificate middle = make_shape(shape, shared_test_key(2), shared_test_key(0), &root);
  CertificateShape leaf;
  leaf.extensions = {{NID_subject_key_identifier, "DER:0404DEADBEEF"}};
  const Device device{make_shape(leaf, shared_test_key(1), shared_test_key(2), &middle),
                      shared_test_key(1)};
  MdmMessageShape message;
  message.flags = CMS_DETACHED | CMS_USE_KEYID;
  message.chain = {middle, root};
  const std::string header = header_of(device, message);
  expect_short_way(header, device);
  message.chain = {};
  expect_refusal(header_of(device, message), "unable to get local issuer",
                 ErrorCode::unauthenticated);
}

// Apple's devices write sha1WithRSAEncryption where RFC 5652 has rsaEncryption.
TEST_F(MdmSignatureTest, AcceptsASignatureAlgorithmThatNamesADigest) {
  for (const int nid :
       {NID_sha1WithRSAEncryption, NID_sha256WithRSAEncryption, NID_md5WithRSAEncryption}) {
    MdmMessageShape shape{EVP_sha1(), CMS_DETACHED | CMS_NOATTR};
    shape.after = [nid](CMS_ContentInfo*, CMS_SignerInfo* signer) {
      X509_ALGOR* algorithm = nullptr;
      CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, nullptr, &algorithm);
      X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), V_ASN1_NULL, nullptr);
    };
    expect_short_way(header_of(rsa, shape), rsa);
  }
}

TEST_F(MdmSignatureTest, LeavesTheUnusualToTheCompleteWay) {
  MdmMessageShape ess;
  ess.flags = CMS_DETACHED | CMS_CADES;
  expect_complete_way_only(header_of(rsa, ess));

  MdmMessageShape pss;
  pss.flags = CMS_DETACHED | CMS_KEY_PARAM;
  pss.before = [](CMS_ContentInfo*, CMS_SignerInfo* signer) {
    EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(signer), RSA_PKCS1_PSS_PADDING);
  };
  expect_complete_way_only(header_of(rsa, pss));

  MdmMessageShape unsigned_attribute;
  unsigned_attribute.after = [](CMS_ContentInfo*, CMS_SignerInfo* signer) {
    CMS_unsigned_add1_attr_by_txt(signer, "1.2.3.4", V_ASN1_OCTET_STRING, "x", 1);
  };
  expect_complete_way_only(header_of(rsa, unsigned_attribute));

  expect_complete_way_only(header_of(rsa, {EVP_sha224()}));
}

TEST_F(MdmSignatureTest, UnknownSignedAttributesAreSignedAndPassedOver) {
  MdmMessageShape shape;
  shape.before = [](CMS_ContentInfo*, CMS_SignerInfo* signer) {
    CMS_signed_add1_attr_by_txt(signer, "1.2.840.113635.100.9.1", V_ASN1_OCTET_STRING, "agile", 5);
  };
  expect_short_way(header_of(rsa, shape), rsa);
}

TEST_F(MdmSignatureTest, RefusesAnotherBody) {
  for (const unsigned int flags : {detached, detached | CMS_NOATTR, attached}) {
    const std::string header = header_of(rsa, {EVP_sha256(), flags});
    ASSERT_TRUE(succeeded(verdict(header)));
    Bytes other = body;
    other.back() ^= 1U;
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verdict(header, other)));
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verdict(header, {})));
    other = body;
    other.push_back('\n');
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verdict(header, other)));
  }
}

TEST_F(MdmSignatureTest, AnEmptyBodyCanBeSigned) {
  const std::string header = encode_base64(make_mdm_message({}, rsa.certificate, rsa.key));
  EXPECT_TRUE(succeeded(verdict(header, {})));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verdict(header)));
}

TEST_F(MdmSignatureTest, RefusesWhatIsNoMessage) {
  const Bytes message = make_mdm_message(body, rsa.certificate, rsa.key);
  ASSERT_TRUE(succeeded(verdict(encode_base64(message))));
  Bytes trailing = message;
  trailing.push_back(0);
  const Bytes cut(message.begin(), message.end() - 1);
  for (const std::string& header :
       {std::string(), std::string("!"), std::string("AAAA"), encode_base64(message) + "A",
        " " + encode_base64(message), encode_base64(trailing), encode_base64(cut),
        encode_base64(rsa.certificate.der()), std::string((24U << 10U) + 4, 'A')}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, verdict(header))) << header.substr(0, 40);
    EXPECT_FALSE(verifier.trusted_claim(header, trust, now));
  }
}

TEST_F(MdmSignatureTest, RefusesNoneAndTwoSigners) {
  MdmMessageShape two;
  two.before = [this](CMS_ContentInfo* cms, CMS_SignerInfo*) {
    CMS_add1_signer(cms, ec.certificate.native(), ec.key.native(), EVP_sha256(), CMS_DETACHED);
  };
  expect_refusal(header_of(rsa, two), "not exactly one signer", ErrorCode::unauthenticated);
  const Bytes none = make_certificates_only({rsa.certificate}).value();
  expect_refusal(encode_base64(none), "not exactly one signer", ErrorCode::unauthenticated);
}

TEST_F(MdmSignatureTest, RefusesAMessageWithoutItsCertificate) {
  MdmMessageShape shape;
  shape.flags = CMS_DETACHED | CMS_NOCERTS;
  expect_refusal(header_of(rsa, shape), "certificate is not in it", ErrorCode::unauthenticated);
  shape.chain = {ec.certificate};
  expect_refusal(header_of(rsa, shape), "certificate is not in it", ErrorCode::unauthenticated);
}

TEST_F(MdmSignatureTest, RefusesACertificateInBer) {
  const Bytes der = make_mdm_message(body, rsa.certificate, rsa.key);
  ASSERT_TRUE(succeeded(verdict(encode_base64(der))));
  expect_refusal(encode_base64(with_indefinite_lengths(der, BerCertificates::convert)),
                 "not in DER", ErrorCode::unauthenticated);
}

TEST_F(MdmSignatureTest, RefusesSignersOfOthers) {
  const Certificate impostor =
      make_shape(ca_shape("Root"), shared_test_key(2), shared_test_key(2), nullptr);
  CertificateShape shape;
  shape.common_name = "device";
  const Device foreign{make_shape(shape, shared_test_key(1), shared_test_key(2), &impostor),
                       shared_test_key(1)};
  ASSERT_TRUE(succeeded(verdict(header_of(rsa))));
  const std::string header = header_of(foreign);
  expect_refusal(header, "signature failure", ErrorCode::unauthenticated);
  EXPECT_FALSE(verifier.trusted_claim(header, trust, now));
}

// The signature of one device with the certificate of another, in whatever order both come.
TEST_F(MdmSignatureTest, RefusesASignatureUnderAnotherCertificateOfTheSameName) {
  const Device twin = make_device(shared_test_key(2), root);  // issuer and serial are rsa's
  ASSERT_TRUE(succeeded(verdict(header_of(rsa))));
  ASSERT_TRUE(succeeded(verdict(header_of(twin))));
  MdmMessageShape shape;
  shape.chain = {rsa.certificate};
  const auto both = verdict(header_of(twin, shape));
  shape.chain = {twin.certificate};
  const auto other = verdict(header_of(rsa, shape));
  // The first certificate of that name counts, so one of the two is refused.
  EXPECT_NE(both.has_value(), other.has_value());
}

TEST_F(MdmSignatureTest, JudgesTheDatesEveryTime) {
  const std::string header = *make_mdm_signature(body, rsa.certificate, rsa.key, now);
  const Certificate& certificate = rsa.certificate;
  const std::chrono::seconds second{1};
  ASSERT_TRUE(succeeded(verdict(header)));
  EXPECT_TRUE(succeeded(verdict(header, body, certificate.not_before())));
  EXPECT_TRUE(succeeded(verdict(header, body, certificate.not_after() - second)));
  for (const Timestamp time : {certificate.not_before() - second, certificate.not_after(),
                               certificate.not_after() + second}) {
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verdict(header, body, time)));
    EXPECT_FALSE(verifier.trusted_claim(header, trust, time));
  }
  EXPECT_TRUE(succeeded(verdict(header)));
}

TEST_F(MdmSignatureTest, TheSigningTimeHasToLieInTheCertificatesValidity) {
  const Certificate& certificate = rsa.certificate;
  const std::chrono::seconds second{1};
  ASSERT_TRUE(succeeded(verdict(header_of(rsa))));
  for (const Timestamp time : {certificate.not_before(), now, certificate.not_after()}) {
    EXPECT_TRUE(succeeded(verdict(*make_mdm_signature(body, certificate, rsa.key, time))));
  }
  for (const Timestamp time : {certificate.not_before() - second, certificate.not_after() + second,
                               Timestamp(std::chrono::sys_days(std::chrono::year(2060) / 1 / 1))}) {
    expect_refusal(*make_mdm_signature(body, certificate, rsa.key, time),
                   "signed while its certificate was not valid", ErrorCode::unauthenticated);
  }
  MdmMessageShape shape;
  shape.before = [](CMS_ContentInfo*, CMS_SignerInfo* signer) {
    CMS_signed_add1_attr_by_txt(signer, "signingTime", V_ASN1_UTCTIME, "991399000000Z", 13);
  };
  expect_refusal(header_of(rsa, shape), "unreadable signing time", ErrorCode::unauthenticated);
}

TEST_F(MdmSignatureTest, OneThatHasJustExpiredIsVerifiedAsItWas) {
  const std::chrono::hours grace{24};
  const std::chrono::hours hour{1};
  const Timestamp end = rsa.certificate.not_after();
  const auto verify = [&](std::string_view header, Timestamp time, ByteView content = body) {
    return MdmSignatureVerifier::verify_expired(header, content, trust, time, grace);
  };
  const auto header = *make_mdm_signature(body, rsa.certificate, rsa.key, end + hour);
  ASSERT_TRUE(succeeded(verify(header, end + hour)));
  EXPECT_EQ(*verify(header, end + hour), rsa.certificate);
  EXPECT_TRUE(verify(header, end + grace));
  EXPECT_FALSE(verify(header, end + grace + std::chrono::seconds(1)));
  EXPECT_FALSE(verify(header, end - hour));  // is for verify()
  EXPECT_FALSE(verify(header, end + hour, as_bytes("another body")));
  EXPECT_FALSE(
      verify(*make_mdm_signature(body, rsa.certificate, rsa.key, end + grace + hour), end + hour));
  const auto other_root =
      make_shape(ca_shape("Other"), shared_test_key(1), shared_test_key(1), nullptr);
  EXPECT_FALSE(MdmSignatureVerifier::verify_expired(
      header, body, TrustStore::of({other_root}).value(), end + hour, grace));
  EXPECT_FALSE(verify("no base64", end + hour));
}

TEST_F(MdmSignatureTest, AVerdictBelongsToTheTrustStoreThatReachedIt) {
  const std::string header = header_of(rsa);
  const Certificate other_root =
      make_shape(ca_shape("Other"), shared_test_key(2), shared_test_key(2), nullptr);
  const TrustStore other = TrustStore::of({other_root}).value();
  ASSERT_TRUE(succeeded(verifier.verify(header, body, trust, now)));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, verifier.verify(header, body, other, now)));
  EXPECT_FALSE(verifier.trusted_claim(header, other, now));
  EXPECT_TRUE(succeeded(verifier.verify(header, body, trust, now)));
  EXPECT_EQ(verifier.ways().short_way, 1U);
  EXPECT_EQ(verifier.ways().complete_way, 2U);
  // An equal store is another one; its verdict is then the one that is kept.
  const TrustStore equal = TrustStore::of({root}).value();
  ASSERT_TRUE(succeeded(verifier.verify(header, body, equal, now)));
  ASSERT_TRUE(succeeded(verifier.verify(header, body, equal, now)));
  EXPECT_EQ(verifier.ways().short_way, 2U);
  EXPECT_EQ(verifier.ways().complete_way, 3U);
}

TEST_F(MdmSignatureTest, AClaimIsJudgedByItsChainAlone) {
  Bytes message = make_mdm_message(body, rsa.certificate, rsa.key);
  message.back() ^= 1U;  // the signature
  const std::string header = encode_base64(message);
  EXPECT_FALSE(verdict(header));
  for (int round = 0; round < 2; ++round) {
    const auto claim = verifier.trusted_claim(header, trust, now);
    ASSERT_TRUE(succeeded(claim));
    EXPECT_EQ(*claim, rsa.certificate);
    ASSERT_TRUE(succeeded(verifier.verify(header_of(rsa), body, trust, now)));
  }
}

// A real device's header: BER, SHA-1, no signed attributes, a signer without a name.
TEST_F(MdmSignatureTest, ReadsAGenuineHeader) {
  const auto vector = foreign_vector("mdmSignatureHeader1.b64");
  if (!vector) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  std::string header = to_text(*vector);
  header.erase(header.find_last_not_of('\n') + 1);
  const Bytes message = decode_base64(header).value();
  EXPECT_TRUE(MdmSignedData::parse(message).has_value());
  const Certificate signer = claimed_signer(message).value();
  EXPECT_EQ(signer.subject(), "");
  const TrustStore only_it = TrustStore::of({signer}).value();
  const auto claim = verifier.trusted_claim(header, only_it, signer.not_before());
  ASSERT_TRUE(succeeded(claim));
  EXPECT_EQ(*claim, signer);
  // Its body is not known, so another one is refused, both ways for the same reason.
  const auto fast = verifier.verify(header, body, only_it, signer.not_before());
  const auto stock = verify_mdm_signature_stock(header, body, only_it, signer.not_before());
  ASSERT_TRUE(failed_with(ErrorCode::unauthenticated, fast));
  ASSERT_TRUE(failed_with(ErrorCode::unauthenticated, stock));
  EXPECT_EQ(fast.error().message, stock.error().message);
}

TEST_F(MdmSignatureTest, ForgetsWhatItHasNoRoomFor) {
  for (const std::size_t capacity : {0U, 1U, 3U}) {
    MdmSignatureVerifier small(capacity);
    for (int round = 0; round < 3; ++round) {
      for (const Device* device : {&rsa, &ec}) {
        EXPECT_TRUE(succeeded(small.verify(header_of(*device), body, trust, now)));
      }
    }
    // With room for one the two drive each other out.
    EXPECT_EQ(small.ways().short_way == 0, capacity < 2);
  }
}

TEST_F(MdmSignatureTest, ServesSeveralThreadsAtOnce) {
  MdmSignatureVerifier small(2);
  const std::vector<std::string> headers = {
      header_of(rsa), header_of(ec), header_of(rsa, {EVP_sha1(), CMS_DETACHED | CMS_NOATTR})};
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (std::size_t round = 0; round < 30; ++round) {
        const std::string& header = headers[(i + round) % headers.size()];
        const bool accepted = small.verify(header, body, trust, now).has_value();
        const bool refused = !small.verify(header, Bytes{1}, trust, now).has_value();
        const bool claimed = small.trusted_claim(header, trust, now).has_value();
        good += accepted && refused && claimed ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 4 * 30);
}

}  // namespace
}  // namespace bramley
