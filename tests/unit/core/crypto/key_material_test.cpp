#include "core/crypto/key_material.h"

#include <gmock/gmock.h>

#include "core/base/encoding.h"
#include "tests/support/vectors.h"

// The files are openssl(1)'s: tests/vectors/make_key_material.sh.
namespace bramley {
namespace {

using testing::HasSubstr;

Bytes file(const std::string& name) {
  return own_vector("key-material/" + name);
}

Result<KeyMaterial> read(const std::string& name, const char* passphrase = nullptr) {
  if (passphrase == nullptr) {
    return read_key_material(file(name));
  }
  const SecretBytes secret{std::string_view(passphrase)};
  return read_key_material(file(name), &secret);
}

Certificate push_certificate() {
  return Certificate::from_file_content(file("push.pem")).value();
}

void expect_the_pair(const Result<KeyMaterial>& material) {
  ASSERT_TRUE(material) << material.error().message;
  ASSERT_FALSE(material->certificates.empty());
  EXPECT_EQ(material->certificates[0], push_certificate());
  ASSERT_EQ(material->keys.size(), 1U);
  EXPECT_TRUE(material->keys[0].matches(push_certificate()));
}

TEST(KeyMaterial, ReadsPkcs12) {
  expect_the_pair(read("modern.p12", "secret"));
  EXPECT_EQ(read("modern.p12", "secret")->certificates.size(), 2U);
  expect_the_pair(read("no-passphrase.p12"));
  expect_the_pair(read("no-passphrase.p12", "not needed"));
}

TEST(KeyMaterial, ReadsPkcs12WithOldCiphers) {
  expect_the_pair(read("legacy.p12", "secret"));
}

TEST(KeyMaterial, TellsAMissingFromAWrongPassphrase) {
  for (const char* name : {"modern.p12", "legacy.p12"}) {
    const auto missing = read(name);
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().code, ErrorCode::unauthenticated) << name;
    EXPECT_THAT(missing.error().message, HasSubstr("needs a passphrase")) << name;
    const auto wrong = read(name, "Secret");
    ASSERT_FALSE(wrong) << name;
    EXPECT_EQ(wrong.error().code, ErrorCode::unauthenticated) << name;
    EXPECT_THAT(wrong.error().message, HasSubstr("wrong passphrase")) << name;
  }
}

TEST(KeyMaterial, ReadsMushedPemInAnyOrder) {
  expect_the_pair(read("mushed.pem"));
  Bytes reversed = file("push.pem");
  const Bytes key = file("push.key");
  reversed.insert(reversed.end(), key.begin(), key.end());
  expect_the_pair(read_key_material(reversed));
}

TEST(KeyMaterial, ReadsEncryptedKeys) {
  for (const char* name : {"legacy.key", "scrypt.key"}) {
    const auto material = read(name, "secret");
    ASSERT_TRUE(material) << name;
    EXPECT_TRUE(material->keys.at(0).matches(push_certificate())) << name;
    EXPECT_EQ(read(name).error().code, ErrorCode::unauthenticated) << name;
  }
}

TEST(KeyMaterial, ReadsDerByLooking) {
  EXPECT_EQ(read_key_material(push_certificate().der())->certificates.size(), 1U);
  EXPECT_EQ(read("both.p7b")->certificates.size(), 2U);
  EXPECT_EQ(read("push.csr")->requests.size(), 1U);
  const auto request = CertificateRequest::from_file_content(file("push.csr")).value();
  EXPECT_EQ(read_key_material(request.der())->requests.size(), 1U);
}

TEST(KeyMaterial, ReadsPkcs7InPem) {
  const std::string base64 = encode_base64(file("both.p7b"));
  for (const char* label : {"PKCS7", "CMS"}) {
    const std::string name = label;
    for (const char* line_end : {"\n", "\r\n", ""}) {
      const std::string pem = "-----BEGIN " + name + "-----" + line_end + base64 + line_end +
                              "-----END " + name + "-----" + line_end;
      const auto material = read_key_material(as_bytes(pem));
      ASSERT_TRUE(material) << pem;
      EXPECT_EQ(material->certificates.size(), 2U);
    }
  }
  EXPECT_FALSE(read_key_material(as_bytes("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n")));
  EXPECT_FALSE(read_key_material(as_bytes("-----BEGIN PKCS7-----\nAAAA")));
}

TEST(KeyMaterial, RefusesWhatHasNothingOfIt) {
  for (const char* text :
       {"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "-----BEGIN ", "0\x82\x01"}) {
    const auto material = read_key_material(as_bytes(text));
    ASSERT_FALSE(material) << text;
    EXPECT_EQ(material.error().code, ErrorCode::malformed) << text;
  }
  EXPECT_FALSE(read_key_material(Bytes((1U << 20U) + 1, ' ')));
}

TEST(KeyMaterial, RefusesDamagedPkcs12) {
  const Bytes whole = file("modern.p12");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const SecretBytes secret{std::string_view("secret")};
    EXPECT_FALSE(read_key_material(ByteView(whole).first(size), &secret)) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  const SecretBytes secret{std::string_view("secret")};
  EXPECT_FALSE(read_key_material(longer, &secret));
}

}  // namespace
}  // namespace bramley
