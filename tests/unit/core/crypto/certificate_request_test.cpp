#include "core/crypto/certificate_request.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/base/c_handle.h"
#include "core/base/encoding.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using RequestHandle = CHandle<X509_REQ, X509_REQ_free>;

CertificateRequest make(const std::vector<NameAttribute>& subject,
                        const char* challenge = nullptr) {
  const SecretBytes secret{std::string_view(challenge == nullptr ? "" : challenge)};
  return make_certificate_request(shared_test_key(0),
                                  {subject, challenge == nullptr ? nullptr : &secret})
      .value();
}

Bytes der_of(const X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request, &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

RequestHandle blank() {
  RequestHandle request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), shared_test_key(0).native());
  return request;
}

Result<CertificateRequest> signed_and_parsed(X509_REQ* request,
                                             const EVP_MD* digest = EVP_sha256()) {
  X509_REQ_sign(request, shared_test_key(0).native(), digest);
  return CertificateRequest::from_der(der_of(request));
}

TEST(CertificateRequest, GoesThroughDerAndPem) {
  const CertificateRequest made = make({{"O", "Acme"}, {"CN", "Mac 1"}});
  for (const auto& read :
       {CertificateRequest::from_der(made.der()), CertificateRequest::from_file_content(made.der()),
        CertificateRequest::from_file_content(as_bytes("note\n" + made.pem()))}) {
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(read->der(), made.der());
    EXPECT_EQ(read->subject(), "CN=Mac 1,O=Acme");
    EXPECT_EQ(read->subject_der(), made.subject_der());
    EXPECT_EQ(read->common_name(), "Mac 1");
    EXPECT_EQ(read->public_key_der(), shared_test_key(0).public_key_der());
    EXPECT_EQ(read->public_key_bits(), 2048);
    EXPECT_TRUE(read->has_rsa_key());
    EXPECT_TRUE(succeeded(read->verify_signature()));
    EXPECT_FALSE(read->challenge_password());
    EXPECT_FALSE(read->subject_alternative_names());
  }
}

TEST(CertificateRequest, KeysMayBeEc) {
  const PrivateKey key = PrivateKey::generate_ec_p256().value();
  const auto request = make_certificate_request(key, {{{"CN", "Mac"}}, nullptr});
  ASSERT_TRUE(succeeded(request));
  EXPECT_FALSE(request->has_rsa_key());
  EXPECT_EQ(request->public_key_bits(), 256);
  EXPECT_TRUE(succeeded(request->verify_signature()));
}

TEST(CertificateRequest, RefusesCutsTrailingBytesAndGiants) {
  Bytes der = make({{"CN", "Mac"}}).der();
  for (std::size_t size = 0; size < der.size(); size += 7) {
    EXPECT_TRUE(
        failed_with(ErrorCode::malformed, CertificateRequest::from_der(ByteView(der).first(size))));
  }
  der.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, CertificateRequest::from_der(der)));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, CertificateRequest::from_der(Bytes(
                                                    CertificateRequest::largest_der + 1, 0x30))));
  EXPECT_TRUE(failed_with(ErrorCode::malformed,
                          CertificateRequest::from_file_content(
                              as_bytes(make_test_requester(shared_test_key(0)).pem()))));
}

TEST(CertificateRequest, AnyFlippedByteBreaksTheSignatureOrTheRequest) {
  const Bytes der = make({{"CN", "Mac"}}, "secret").der();
  for (std::size_t at = 0; at < der.size(); at += 5) {
    Bytes damaged = der;
    damaged[at] ^= 0x01U;
    const auto request = CertificateRequest::from_der(damaged);
    EXPECT_FALSE(request && request->verify_signature()) << at;
    EXPECT_EQ(ERR_peek_error(), 0U) << at;
  }
}

// Apple's devices send version 2, which RFC 2986 does not know (scep-dep §A.9).
TEST(CertificateRequest, AcceptsAppleVersionTwo) {
  const RequestHandle request = blank();
  X509_REQ_set_version(request.get(), 2);
  const auto read = signed_and_parsed(request.get(), EVP_sha1());
  ASSERT_TRUE(succeeded(read));
  EXPECT_EQ(X509_REQ_get_version(read->native()), 2);
  EXPECT_TRUE(succeeded(read->verify_signature()));
}

TEST(CertificateRequest, ChallengeIsPrintableWhenItCanBeElseUtf8) {
  const std::string printable = encode_hex(make({{"CN", "Mac"}}, "Abc 123").der());
  EXPECT_NE(printable.find("1307" + encode_hex(as_bytes("Abc 123"))), std::string::npos);
  const std::string utf8 = encode_hex(make({{"CN", "Mac"}}, "a_b@\u00fc").der());
  EXPECT_NE(utf8.find("0c06" + encode_hex(as_bytes("a_b@\u00fc"))), std::string::npos);
  for (const char* challenge : {"Abc 123", "a_b@\u00fc", "x"}) {
    const auto read = CertificateRequest::from_der(make({{"CN", "Mac"}}, challenge).der());
    EXPECT_EQ(read->challenge_password()->reveal_text(), challenge);
  }
}

TEST(CertificateRequest, ReadsAChallengeOfAnyTextType) {
  struct Sample {
    int type;
    std::string bytes;
    std::string utf8;
  };
  const std::vector<Sample> samples = {
      {V_ASN1_PRINTABLESTRING, "secret", "secret"},
      {V_ASN1_IA5STRING, "se@cret", "se@cret"},
      {V_ASN1_UTF8STRING, "\u00fc", "\u00fc"},
      {V_ASN1_T61STRING, "\xfc", "\u00fc"},
      {V_ASN1_BMPSTRING, std::string("\0\xfc\0A", 4), "\u00fcA"},
      {V_ASN1_UNIVERSALSTRING, std::string("\0\0\0\xfc", 4), "\u00fc"},
  };
  for (const Sample& sample : samples) {
    const RequestHandle request = blank();
    X509_REQ_add1_attr_by_NID(request.get(), NID_pkcs9_challengePassword, sample.type,
                              reinterpret_cast<const unsigned char*>(sample.bytes.data()),
                              static_cast<int>(sample.bytes.size()));
    const auto read = signed_and_parsed(request.get());
    ASSERT_TRUE(read->challenge_password()) << sample.type;
    EXPECT_EQ(read->challenge_password()->reveal_text(), sample.utf8) << sample.type;
  }
}

TEST(CertificateRequest, AChallengeThatIsNoTextIsNone) {
  const std::string bytes = "\xff\xfe\xfd";
  for (const int type : {V_ASN1_OCTET_STRING, V_ASN1_UTF8STRING, V_ASN1_BMPSTRING}) {
    const RequestHandle request = blank();
    X509_REQ_add1_attr_by_NID(request.get(), NID_pkcs9_challengePassword, type,
                              reinterpret_cast<const unsigned char*>(bytes.data()), 3);
    const auto read = signed_and_parsed(request.get());
    EXPECT_FALSE(read->challenge_password()) << type;
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

TEST(CertificateRequest, FindsTheRequestedAlternativeNames) {
  const RequestHandle request = blank();
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  sk_X509_EXTENSION_push(extensions,
                         X509V3_EXT_nconf_nid(nullptr, nullptr, NID_key_usage, "digitalSignature"));
  sk_X509_EXTENSION_push(extensions, X509V3_EXT_nconf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                          "DNS:a.example,email:b@c.example"));
  X509_REQ_add_extensions(request.get(), extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  const auto read = signed_and_parsed(request.get());
  ASSERT_TRUE(read->subject_alternative_names());
  EXPECT_EQ(encode_hex(*read->subject_alternative_names()),
            "30188209" + encode_hex(as_bytes("a.example")) + "810b" +
                encode_hex(as_bytes("b@c.example")));
}

TEST(CertificateRequest, RefusesSubjectsThatX520DoesNotAllow) {
  const PrivateKey& key = shared_test_key(0);
  for (const NameAttribute& attribute :
       {NameAttribute{"C", "Germany"}, NameAttribute{"CN", std::string(65, 'x')},
        NameAttribute{"NoSuchType", "x"}, NameAttribute{"CN", "\xff"}}) {
    EXPECT_TRUE(
        failed_with(ErrorCode::malformed, make_certificate_request(key, {{attribute}, nullptr})))
        << attribute.type;
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

}  // namespace
}  // namespace bramley
