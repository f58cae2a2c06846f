#include "core/crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "core/crypto/digest.h"
#include "tests/support/certificate_shapes.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Made with openssl(1), which also told what is expected below: req -x509 -set_serial 0xA0B1C2
// -subj '/C=DE/O=Bramley, Tests/UID=com.apple.mgmt.External.1/CN=first/CN=Ümlaut "q"'
// -addext subjectAltName=DNS:mdm.example.org,IP:127.0.0.1,DNS:*.example.net,email:a@b.c
constexpr std::string_view pem = R"(-----BEGIN CERTIFICATE-----
MIICbTCCAhOgAwIBAgIEAKCxwjAKBggqhkjOPQQDAjB3MQswCQYDVQQGEwJERTEX
MBUGA1UECgwOQnJhbWxleSwgVGVzdHMxKTAnBgoJkiaJk/IsZAEBDBljb20uYXBw
bGUubWdtdC5FeHRlcm5hbC4xMQ4wDAYDVQQDDAVmaXJzdDEUMBIGA1UEAwwLw5xt
bGF1dCAicSIwHhcNMjYxMTI0MDM0NjExWhcNMzYxMTIxMDM0NjExWjB3MQswCQYD
VQQGEwJERTEXMBUGA1UECgwOQnJhbWxleSwgVGVzdHMxKTAnBgoJkiaJk/IsZAEB
DBljb20uYXBwbGUubWdtdC5FeHRlcm5hbC4xMQ4wDAYDVQQDDAVmaXJzdDEUMBIG
A1UEAwwLw5xtbGF1dCAicSIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQBzXWq
dff+t6xqYw2Alas6vNb0yMqfH6qibfjtZw2n1hvMAXNgbVoVnWfclKFLVQ5NMeuh
DodZ3IWh1F86wvMoo4GMMIGJMB0GA1UdDgQWBBSCBYCgTKS7v9MFMdU7wDf3xpIw
qzAfBgNVHSMEGDAWgBSCBYCgTKS7v9MFMdU7wDf3xpIwqzAPBgNVHRMBAf8EBTAD
AQH/MDYGA1UdEQQvMC2CD21kbS5leGFtcGxlLm9yZ4cEfwAAAYINKi5leGFtcGxl
Lm5ldIEFYUBiLmMwCgYIKoZIzj0EAwIDSAAwRQIhAKbH7jB0AfZnLBA5ezkkAcV8
Bgmf2/xr1YrdtKAqb51NAiAanJU10X0Rd1VU6TMPHJDknV87m0fTKmFCY9+NgP6I
lg==
-----END CERTIFICATE-----
)";

Certificate openssl_made() {
  return Certificate::from_pem(pem).value();
}

TEST(Certificate, SaysWhatOpensslSays) {
  const Certificate certificate = openssl_made();
  EXPECT_EQ(certificate.fingerprint().hex(),
            "ad56ea2ca21282a298bdd45ff8275d9916d14db29eb089a8762e6cb56b420c0c");
  EXPECT_EQ(certificate.serial_hex(), "A0B1C2");
  EXPECT_EQ(format_rfc3339(certificate.not_before()), "2026-11-24T03:46:11Z");
  EXPECT_EQ(format_rfc3339(certificate.not_after()), "2036-11-21T03:46:11Z");
  EXPECT_EQ(
      certificate.subject(),
      R"(CN=\C3\9Cmlaut \"q\",CN=first,UID=com.apple.mgmt.External.1,O=Bramley\, Tests,C=DE)");
  EXPECT_EQ(certificate.issuer(), certificate.subject());
  EXPECT_EQ(certificate.common_name(), "Ümlaut \"q\"");
  EXPECT_EQ(certificate.user_id(), "com.apple.mgmt.External.1");
  EXPECT_THAT(certificate.dns_names(), ElementsAre("mdm.example.org", "*.example.net"));
  EXPECT_TRUE(certificate.is_ca());
  EXPECT_EQ(certificate.public_key_bits(), 256);
  EXPECT_EQ(sha256(certificate.public_key_der()).hex(),
            "746bf5076c980a058d3a8d421124c2fd2ce51d991d3940483204551bf6249ec6");
}

TEST(Certificate, GoesThroughDerAndPemUnchanged) {
  const Certificate certificate = openssl_made();
  EXPECT_EQ(certificate.pem(), pem);
  EXPECT_EQ(sha256(certificate.der()), certificate.fingerprint());
  EXPECT_EQ(*Certificate::from_der(certificate.der()), certificate);
  EXPECT_EQ(*Certificate::from_file_content(certificate.der()), certificate);
  EXPECT_EQ(*Certificate::from_file_content(as_bytes(pem)), certificate);
}

TEST(Certificate, IsValidFromItsFirstSecondToItsLast) {
  const Certificate certificate = openssl_made();
  const std::chrono::seconds second{1};
  EXPECT_FALSE(certificate.is_valid_at(certificate.not_before() - second));
  EXPECT_TRUE(certificate.is_valid_at(certificate.not_before()));
  EXPECT_TRUE(certificate.is_valid_at(certificate.not_after()));
  EXPECT_FALSE(certificate.is_valid_at(certificate.not_after() + second));
}

TEST(Certificate, RefusesEveryCutAndTrailingBytes) {
  Bytes der = openssl_made().der();
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, Certificate::from_der(ByteView(der).first(size))))
        << size;
  }
  der.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, Certificate::from_der(der)));
}

// One certificate must not come with two fingerprints.
TEST(Certificate, RefusesBer) {
  const Bytes der = openssl_made().der();
  // 30 82 LL LL … becomes 30 80 … 00 00.
  Bytes ber = {0x30, 0x80};
  ber.insert(ber.end(), der.begin() + 4, der.end());
  ber.insert(ber.end(), {0, 0});
  const auto result = Certificate::from_der(ber);
  ASSERT_TRUE(failed_with(ErrorCode::malformed, result));
  EXPECT_THAT(result.error().message, HasSubstr("not in DER"));
}

TEST(Certificate, RefusesMoreThan64KiB) {
  const auto result = Certificate::from_der(Bytes(Certificate::largest_der + 1, 0x30));
  ASSERT_TRUE(failed_with(ErrorCode::malformed, result));
  EXPECT_THAT(result.error().message, HasSubstr("64 KiB"));
}

TEST(Certificate, ReadsEveryBlockOfAPemTextAndSkipsOthers) {
  const std::string key(PrivateKey::generate_ec_p256()->to_pem()->reveal_text());
  const Certificate other = make_test_requester(shared_test_key(0));
  const std::string text = "a note\n" + key + std::string(pem) + "between\n" + other.pem() + "end";
  EXPECT_THAT(*Certificate::all_from_pem(text), ElementsAre(openssl_made(), other));
  EXPECT_EQ(*Certificate::from_pem(text), openssl_made());
}

TEST(Certificate, RefusesPemWithoutACertificateOrWithADamagedOne) {
  std::string damaged(pem);
  damaged[60] = '*';
  std::string cut(pem.substr(0, pem.size() / 2));
  for (const std::string& text :
       {std::string(), std::string("nothing"), damaged, cut, std::string(pem) + damaged}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, Certificate::all_from_pem(text))) << text;
  }
  EXPECT_TRUE(failed_with(ErrorCode::malformed, Certificate::from_pem(damaged)));
}

TEST(Certificate, AnEmptySubjectIsFine) {
  CertificateShape shape;
  shape.common_name = "";
  const Certificate certificate =
      make_shape(shape, shared_test_key(0), shared_test_key(0), nullptr);
  EXPECT_EQ(certificate.subject(), "");
  EXPECT_FALSE(certificate.common_name());
  EXPECT_FALSE(certificate.user_id());
  EXPECT_TRUE(certificate.dns_names().empty());
}

TEST(Certificate, EscapesWhatWouldDisturbALogLine) {
  CertificateShape shape;
  shape.common_name = "a\nb\x1b[2J\u202e,+c";
  const Certificate certificate =
      make_shape(shape, shared_test_key(0), shared_test_key(0), nullptr);
  EXPECT_EQ(certificate.subject(), R"(CN=a\0Ab\1B[2J\E2\80\AE\,\+c)");
  EXPECT_EQ(certificate.common_name(), shape.common_name);
}

TEST(Certificate, RefusesANameThatIsNotWhatItsTypeSays) {
  Bytes der = make_test_requester(shared_test_key(0), "AAAA").der();
  const std::string name = "AAAA";
  const auto at = std::search(der.begin(), der.end(), name.begin(), name.end());
  ASSERT_NE(at, der.end());
  *at = 0xFF;  // no UTF-8 begins with it
  EXPECT_TRUE(failed_with(ErrorCode::malformed, Certificate::from_der(der)));
}

TEST(Certificate, OnlyCaTrueMakesACa) {
  const PrivateKey& key = shared_test_key(0);
  CertificateShape plain;
  EXPECT_FALSE(make_shape(plain, key, key, nullptr).is_ca());
  plain.extensions = {{NID_basic_constraints, "CA:FALSE"}, {NID_key_usage, "keyCertSign"}};
  EXPECT_FALSE(make_shape(plain, key, key, nullptr).is_ca());
  plain.extensions = {{NID_key_usage, "keyCertSign"}};
  EXPECT_FALSE(make_shape(plain, key, key, nullptr).is_ca());
  EXPECT_TRUE(make_shape(ca_shape("CA"), key, key, nullptr).is_ca());
}

TEST(Certificate, LeavesOutDnsNamesThatAreNotPrintable) {
  CertificateShape shape;
  shape.extensions = {{NID_subject_alt_name, "DNS:good.example,DNS:bad name"}};
  const Certificate certificate =
      make_shape(shape, shared_test_key(0), shared_test_key(0), nullptr);
  EXPECT_THAT(certificate.dns_names(), ElementsAre("good.example"));
}

TEST(Certificate, KeyOfTheCertificateAndPrivateKeyCompareEqual) {
  const PrivateKey& key = shared_test_key(0);
  const Certificate certificate = make_test_requester(key);
  EXPECT_EQ(certificate.public_key_der(), key.public_key_der());
  EXPECT_NE(certificate.public_key_der(), shared_test_key(1).public_key_der());
  EXPECT_EQ(certificate.public_key_bits(), 2048);
}

// Some encoders leave the NULL out of rsaEncryption's identifier.
TEST(Certificate, ComparesRsaKeysWithoutTheirNull) {
  const PrivateKey& key = shared_test_key(0);
  const std::string with_null = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05";
  Bytes der = make_test_requester(key).der();
  auto at = std::search(der.begin(), der.end(), with_null.begin(), with_null.end(),
                        [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  ASSERT_NE(at, der.end());
  // The lengths outside stay as they are when the two bytes of the NULL move into the key's header:
  // 03 82 LL LL becomes 03 84 00 00 LL LL, which is BER but the same key.
  at += 1;
  *at = 0x0b;
  at += 12;
  ASSERT_EQ(std::vector<int>(at, at + 4), (std::vector<int>{0x05, 0x00, 0x03, 0x82}));
  const std::uint8_t high = at[4];
  const std::uint8_t low = at[5];
  const Bytes longer = {0x03, 0x84, 0x00, 0x00, high, low};
  std::copy(longer.begin(), longer.end(), at);
  EXPECT_EQ(Certificate::from_der(der)->public_key_der(), key.public_key_der());
}

TEST(Certificate, AnUnknownKindOfKeyHasNoBits) {
  Bytes der = openssl_made().der();
  const std::vector<int> ec = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
  const auto at = std::search(der.begin(), der.end(), ec.begin(), ec.end());
  ASSERT_NE(at, der.end());
  at[6] = 0x7F;
  const auto certificate = Certificate::from_der(der);
  ASSERT_TRUE(succeeded(certificate));
  EXPECT_EQ(certificate->public_key_bits(), 0);
  EXPECT_FALSE(shared_test_key(0).matches(*certificate));
}

TEST(Certificate, DatesThatCannotBeReadAreNeverValid) {
  Bytes der = openssl_made().der();
  const std::string end = "361121034611Z";
  const auto at = std::search(der.begin(), der.end(), end.begin(), end.end());
  ASSERT_NE(at, der.end());
  at[2] = '9';  // month 91
  const auto certificate = Certificate::from_der(der);
  ASSERT_TRUE(succeeded(certificate));
  EXPECT_FALSE(certificate->is_valid_at(certificate->not_before()));
}

TEST(Certificate, IsForTheHostsOfItsAlternativeNamesOnly) {
  CertificateShape shape;
  shape.common_name = "cn.example.com";
  shape.extensions = {{NID_subject_alt_name,
                       "DNS:mdm.example.com,DNS:*.wild.example.com,IP:192.0.2.7,IP:2001:db8::1"}};
  const PrivateKey& key = shared_test_key(0);
  const Certificate certificate = make_shape(shape, key, key, nullptr);
  for (const char* host :
       {"mdm.example.com", "MDM.example.com", "a.wild.example.com", "192.0.2.7", "2001:db8::1"}) {
    EXPECT_TRUE(certificate.is_for_host(host)) << host;
  }
  for (const char* host : {"", "cn.example.com", "example.com", "a.b.wild.example.com",
                           "wild.example.com", "192.0.2.8", "::1", "mdm.example.com.evil"}) {
    EXPECT_FALSE(certificate.is_for_host(host)) << host;
  }
  shape.extensions = {};
  shape.common_name = "mdm.example.com";
  EXPECT_FALSE(make_shape(shape, key, key, nullptr).is_for_host("mdm.example.com"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Certificate, SaysWhatItIsSignedWithAndWhatItsKeyIs) {
  const PrivateKey& key = shared_test_key(0);
  const PrivateKey curve = PrivateKey::generate_ec_p256().value();
  CertificateShape shape;
  for (const auto& [digest, name] :
       {std::pair{EVP_sha256(), "sha256"}, std::pair{EVP_sha1(), "sha1"},
        std::pair{EVP_md5(), "md5"}, std::pair{EVP_sha512(), "sha512"}}) {
    shape.digest = digest;
    EXPECT_EQ(make_shape(shape, key, key, nullptr).signature_digest(), name);
  }
  shape.digest = EVP_sha384();
  const Certificate certificate = make_shape(shape, curve, curve, nullptr);
  EXPECT_EQ(certificate.signature_digest(), "sha384");
  EXPECT_TRUE(certificate.has_ec_key());
  EXPECT_FALSE(certificate.has_rsa_key());
  EXPECT_FALSE(make_shape(shape, key, key, nullptr).has_ec_key());
}

TEST(Certificate, NamesTlsServersOnlyInSoManyWords) {
  const PrivateKey& key = shared_test_key(0);
  CertificateShape shape;
  EXPECT_FALSE(make_shape(shape, key, key, nullptr).names_tls_servers());
  shape.extensions = {{NID_ext_key_usage, "clientAuth"}};
  EXPECT_FALSE(make_shape(shape, key, key, nullptr).names_tls_servers());
  shape.extensions = {{NID_ext_key_usage, "clientAuth,serverAuth"}};
  EXPECT_TRUE(make_shape(shape, key, key, nullptr).names_tls_servers());
}

}  // namespace
}  // namespace bramley
