#include "core/crypto/local_certificate_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <thread>

#include "core/base/c_handle.h"
#include "core/base/encoding.h"
#include "core/crypto/trust_store.h"
#include "tests/support/certificate_shapes.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Timestamp now = FakeClock().now();

IssueTerms terms() {
  return {now - std::chrono::days(1), now + std::chrono::days(365), {0x01, 0x02, 0x03}, {}};
}

CertificateRequest request_for(const std::vector<NameAttribute>& subject) {
  return make_certificate_request(shared_test_key(1), {subject, nullptr}).value();
}

// One extension as openssl(1) prints it.
std::string printed(const Certificate& certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate.native(), nid, -1);
  if (at < 0) {
    return "absent";
  }
  X509_EXTENSION* extension = X509_get_ext(certificate.native(), at);
  const CHandle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  X509V3_EXT_print(out.get(), extension, 0, 0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return (X509_EXTENSION_get_critical(extension) == 1 ? "critical " : "") +
         std::string(data, static_cast<std::size_t>(size));
}

TEST(LocalCertificateAuthority, IssuesAClientIdentity) {
  const auto authority = load_test_authority();
  const auto request = request_for({{"O", "Acme"}, {"CN", "Mac 1"}});
  const auto issued = authority->issue(request, terms());
  ASSERT_TRUE(succeeded(issued));
  EXPECT_EQ(issued->subject_der(), request.subject_der());
  EXPECT_EQ(issued->issuer(), authority->certificate().subject());
  EXPECT_EQ(issued->serial_hex(), "010203");
  EXPECT_EQ(issued->not_before(), terms().not_before);
  EXPECT_EQ(issued->not_after(), terms().not_after);
  EXPECT_EQ(issued->public_key_der(), shared_test_key(1).public_key_der());
  EXPECT_EQ(printed(*issued, NID_basic_constraints), "critical CA:FALSE");
  EXPECT_EQ(printed(*issued, NID_key_usage), "critical Digital Signature, Key Encipherment");
  EXPECT_EQ(printed(*issued, NID_ext_key_usage), "TLS Web Client Authentication");
  EXPECT_EQ(printed(*issued, NID_subject_alt_name), "absent");
  EXPECT_EQ(printed(*issued, NID_authority_key_identifier),
            printed(authority->certificate(), NID_subject_key_identifier));
  EXPECT_NE(printed(*issued, NID_subject_key_identifier),
            printed(*issued, NID_authority_key_identifier));
  EXPECT_EQ(X509_get_signature_nid(issued->native()), NID_sha256WithRSAEncryption);
  EXPECT_EQ(X509_get_version(issued->native()), X509_VERSION_3);
  EXPECT_EQ(X509_get_ext_count(issued->native()), 5);
  EXPECT_TRUE(succeeded(TrustStore::of({authority->certificate()})->verify(*issued, now)));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(LocalCertificateAuthority, CopiesOddSubjectsByteForByte) {
  const auto authority = load_test_authority();
  // Types, order, repeated attributes and several attributes in one set, as they came.
  const CHandle<X509_REQ, X509_REQ_free> odd(X509_REQ_new());
  X509_NAME* name = X509_REQ_get_subject_name(odd.get());
  const auto add = [name](int nid, int type, const char* value, int set) {
    X509_NAME_add_entry_by_NID(name, nid, type, reinterpret_cast<const unsigned char*>(value), -1,
                               -1, set);
  };
  add(NID_commonName, V_ASN1_T61STRING, "Mac \xfc", 0);
  add(NID_userId, V_ASN1_IA5STRING, "u1", -1);
  add(NID_domainComponent, V_ASN1_IA5STRING, "example", 0);
  add(NID_commonName, V_ASN1_BMPSTRING, "second", 0);
  add(NID_countryName, V_ASN1_PRINTABLESTRING, "DE", 0);
  X509_REQ_set_pubkey(odd.get(), shared_test_key(1).native());
  X509_REQ_sign(odd.get(), shared_test_key(1).native(), EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(odd.get(), &der);
  const auto request =
      CertificateRequest::from_der(ByteView(der, static_cast<std::size_t>(size))).value();
  OPENSSL_free(der);

  const auto issued = authority->issue(request, terms());
  ASSERT_TRUE(succeeded(issued));
  EXPECT_EQ(issued->subject_der(), request.subject_der());
}

TEST(LocalCertificateAuthority, AlternativeNamesAreCopiedFromTheTerms) {
  const auto authority = load_test_authority();
  IssueTerms with_names = terms();
  with_names.subject_alternative_names = decode_hex("300b8209612e6578616d706c65").value();
  const auto issued = authority->issue(request_for({{"CN", "Mac"}}), with_names);
  ASSERT_TRUE(succeeded(issued));
  EXPECT_EQ(printed(*issued, NID_subject_alt_name), "DNS:a.example");

  // RFC 5280 §4.2.1.6: critical when the subject is empty.
  const auto nameless = authority->issue(request_for({}), with_names);
  ASSERT_TRUE(succeeded(nameless));
  EXPECT_EQ(nameless->subject(), "");
  EXPECT_EQ(printed(*nameless, NID_subject_alt_name), "critical DNS:a.example");
}

TEST(LocalCertificateAuthority, RefusesTermsThatMakeNoCertificate) {
  const auto authority = load_test_authority();
  const auto request = request_for({{"CN", "Mac"}});
  std::vector<IssueTerms> bad(7, terms());
  bad[0].serial = {};
  bad[1].serial = Bytes(21, 1);
  bad[2].serial = {0x80};
  bad[3].not_after = bad[3].not_before - std::chrono::seconds(1);
  bad[4].subject_alternative_names = Bytes();
  bad[5].subject_alternative_names = to_bytes("no GeneralNames");
  bad[6].subject_alternative_names = decode_hex("300b8209612e6578616d706c6500").value();
  for (const IssueTerms& each : bad) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, authority->issue(request, each)));
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

TEST(LocalCertificateAuthority, SignsWithAnEcKeyToo) {
  const PrivateKey key = PrivateKey::generate_ec_p256().value();
  const Certificate root = make_shape(ca_shape("EC root"), key, key, nullptr);
  auto authority = LocalCertificateAuthority::load(root, key);
  ASSERT_TRUE(succeeded(authority));
  const auto issued = authority->issue(request_for({{"CN", "Mac"}}), terms());
  ASSERT_TRUE(succeeded(issued));
  EXPECT_EQ(X509_get_signature_nid(issued->native()), NID_ecdsa_with_SHA256);
  EXPECT_TRUE(succeeded(TrustStore::of({root})->verify(*issued, now)));
}

// Its root has no subject key identifier, so one is computed.
TEST(LocalCertificateAuthority, NamesAKeyThatTheAuthorityDoesNotName) {
  const PrivateKey& key = shared_test_key(0);
  const Certificate root = make_shape(ca_shape("Bare root"), key, key, nullptr);
  auto authority = LocalCertificateAuthority::load(root, key).value();
  const auto issued = authority.issue(request_for({{"CN", "Mac"}}), terms());
  ASSERT_TRUE(succeeded(issued));
  EXPECT_EQ(printed(*issued, NID_authority_key_identifier).size(), 20 * 3 - 1U);
}

TEST(LocalCertificateAuthority, IssuesFromSeveralThreads) {
  const auto authority = load_test_authority();
  const auto request = request_for({{"CN", "Mac"}});
  const TrustStore trust = TrustStore::of({authority->certificate()}).value();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        const auto issued = authority->issue(request, terms());
        good += issued && trust.verify(*issued, now) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 40);
}

TEST(LocalCertificateAuthority, LoadsOnlyACaWithItsKey) {
  const NewAuthority made = make_test_authority();
  EXPECT_TRUE(failed_with(ErrorCode::conflict,
                          LocalCertificateAuthority::load(made.certificate, shared_test_key(0))));
  EXPECT_TRUE(failed_with(ErrorCode::malformed,
                          LocalCertificateAuthority::load(make_test_requester(shared_test_key(0)),
                                                          shared_test_key(0))));
}

TEST(MakeCertificateAuthority, MakesARootForScep) {
  const NewAuthority made = make_test_authority("My CA");
  EXPECT_EQ(made.certificate.subject(), "CN=My CA,O=Bramley tests");
  EXPECT_TRUE(made.certificate.is_ca());
  EXPECT_TRUE(made.key.matches(made.certificate));
  EXPECT_EQ(made.key.bits(), 2048);
  EXPECT_EQ(printed(made.certificate, NID_basic_constraints), "critical CA:TRUE, pathlen:0");
  EXPECT_EQ(printed(made.certificate, NID_key_usage),
            "critical Digital Signature, Key Encipherment, Certificate Sign, CRL Sign");
  EXPECT_EQ(printed(made.certificate, NID_authority_key_identifier),
            printed(made.certificate, NID_subject_key_identifier));
  EXPECT_LE(made.certificate.serial_hex().size(), 32U);
  EXPECT_GE(made.certificate.serial_hex().size(), 28U);
  EXPECT_TRUE(succeeded(TrustStore::of({made.certificate})->verify(made.certificate, now)));
}

TEST(MakeCertificateAuthority, RefusesWhatCannotBe) {
  SeededRandom random;
  const AuthorityTerms good{"CA", "Acme", now, now + std::chrono::days(1)};
  AuthorityTerms long_name = good;
  long_name.common_name = std::string(65, 'x');
  EXPECT_TRUE(failed_with(ErrorCode::malformed, make_certificate_authority(long_name, random)));
  AuthorityTerms backwards = good;
  backwards.not_after = now - std::chrono::days(1);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, make_certificate_authority(backwards, random)));
  AuthorityTerms tiny = good;
  tiny.key_bits = 512;
  EXPECT_TRUE(failed_with(ErrorCode::unsupported, make_certificate_authority(tiny, random)));
}

SelfSignedTerms server_terms(std::vector<std::string> hosts) {
  SelfSignedTerms server;
  server.subject = {{"CN", "localhost"}};
  server.not_before = now;
  server.not_after = now + std::chrono::days(30);
  server.host_names = std::move(hosts);
  return server;
}

TEST(MakeSelfSigned, MakesATlsServersCertificate) {
  SeededRandom random;
  const auto made =
      make_self_signed(shared_test_key(0),
                       server_terms({"localhost", "127.0.0.1", "::1", "mdm.example.org"}), random);
  ASSERT_TRUE(succeeded(made));
  EXPECT_EQ(printed(*made, NID_subject_alt_name),
            "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:mdm.example.org");
  EXPECT_EQ(printed(*made, NID_ext_key_usage), "TLS Web Server Authentication");
  EXPECT_EQ(printed(*made, NID_key_usage), "critical Digital Signature, Key Encipherment");
  EXPECT_THAT(made->dns_names(), ElementsAre("localhost", "mdm.example.org"));
  EXPECT_FALSE(made->is_ca());
  EXPECT_EQ(X509_self_signed(made->native(), 1), 1);
}

TEST(MakeSelfSigned, AnEcServerKeyOnlySigns) {
  SeededRandom random;
  const PrivateKey key = PrivateKey::generate_ec_p256().value();
  const auto made = make_self_signed(key, server_terms({"localhost"}), random);
  ASSERT_TRUE(succeeded(made));
  EXPECT_EQ(printed(*made, NID_key_usage), "critical Digital Signature");
}

TEST(MakeSelfSigned, RefusesHostNamesWithBlanks) {
  SeededRandom random;
  for (const std::string& host :
       {std::string(), std::string("a b"), std::string("a\n"), std::string(254, 'a')}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed,
                            make_self_signed(shared_test_key(0), server_terms({host}), random)));
  }
}

TEST(MakeSelfSigned, MakesAScepRequestersCertificate) {
  const Certificate made = make_test_requester(shared_test_key(0));
  EXPECT_EQ(printed(made, NID_key_usage), "critical Digital Signature, Key Encipherment");
  EXPECT_EQ(printed(made, NID_ext_key_usage), "absent");
  EXPECT_EQ(printed(made, NID_subject_alt_name), "absent");
}

}  // namespace
}  // namespace bramley
