#include "core/crypto/private_key.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/base/c_handle.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using BioHandle = CHandle<BIO, BIO_free_all>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

const PrivateKey& ec_key() {
  static const PrivateKey key = PrivateKey::generate_ec_p256().value();
  return key;
}

// PKCS#1 or SEC1, as older tools write it; encrypted (Proc-Type) when there is a passphrase.
std::string traditional_pem(const PrivateKey& key, std::optional<std::string> passphrase = {}) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  auto* text = passphrase ? reinterpret_cast<unsigned char*>(passphrase->data()) : nullptr;
  const int size = passphrase ? static_cast<int>(passphrase->size()) : 0;
  EXPECT_EQ(PEM_write_bio_PrivateKey_traditional(out.get(), key.native(),
                                                 passphrase ? EVP_des_ede3_cbc() : nullptr, text,
                                                 size, nullptr, nullptr),
            1);
  return text_of(out.get());
}

std::string encrypted_pkcs8_der(const PrivateKey& key, std::string passphrase) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(i2d_PKCS8PrivateKey_bio(out.get(), key.native(), EVP_aes_128_cbc(), passphrase.data(),
                                    static_cast<int>(passphrase.size()), nullptr, nullptr),
            1);
  return text_of(out.get());
}

std::string traditional_der(const PrivateKey& key) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(i2d_PrivateKey_bio(out.get(), key.native()), 1);
  return text_of(out.get());
}

std::string pkcs8_der(const PrivateKey& key) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  EXPECT_EQ(i2d_PKCS8PrivateKeyInfo_bio(out.get(), key.native()), 1);
  return text_of(out.get());
}

Result<PrivateKey> read(std::string_view content, const char* passphrase = nullptr) {
  if (passphrase == nullptr) {
    return PrivateKey::from_file_content(as_bytes(content));
  }
  const SecretBytes secret{std::string_view(passphrase)};
  return PrivateKey::from_file_content(as_bytes(content), &secret);
}

void expect_same(const Result<PrivateKey>& read_key, const PrivateKey& key) {
  ASSERT_TRUE(succeeded(read_key));
  EXPECT_EQ(read_key->public_key_der(), key.public_key_der());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(PrivateKey, ReadsEveryPlainForm) {
  for (const PrivateKey* key : {&shared_test_key(0), &ec_key()}) {
    expect_same(read(key->to_pem()->reveal_text()), *key);
    expect_same(read(traditional_pem(*key)), *key);
    expect_same(read(traditional_der(*key)), *key);
    expect_same(read(pkcs8_der(*key)), *key);
  }
}

TEST(PrivateKey, ReadsEveryEncryptedForm) {
  const SecretBytes passphrase(std::string_view("correct horse"));
  for (const PrivateKey* key : {&shared_test_key(0), &ec_key()}) {
    const SecretBytes pkcs8 = key->to_pem(&passphrase).value();
    EXPECT_NE(pkcs8.reveal_text().find("BEGIN ENCRYPTED PRIVATE KEY"), std::string_view::npos);
    const std::string legacy = traditional_pem(*key, "correct horse");
    EXPECT_NE(legacy.find("Proc-Type: 4,ENCRYPTED"), std::string::npos);
    const std::string der = encrypted_pkcs8_der(*key, "correct horse");
    for (const std::string& form : {std::string(pkcs8.reveal_text()), legacy, der}) {
      expect_same(read(form, "correct horse"), *key);
      EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, read(form)));
      EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, read(form, "wrong")));
      EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, read(form, "")));
      EXPECT_EQ(ERR_peek_error(), 0U);
    }
  }
}

// What micromdm's `scepserver ca -init` writes (scep-dep trap 14).
TEST(PrivateKey, TriesTheEmptyPassphraseFirst) {
  for (const PrivateKey* key : {&shared_test_key(0), &ec_key()}) {
    const std::string legacy = traditional_pem(*key, "");
    EXPECT_NE(legacy.find("Proc-Type: 4,ENCRYPTED"), std::string::npos);
    expect_same(read(legacy), *key);
    expect_same(read(legacy, "another"), *key);
    expect_same(read(encrypted_pkcs8_der(*key, "")), *key);
  }
}

TEST(PrivateKey, TakesAPassphraseWithANulByteWhole) {
  const std::string passphrase("a\0b", 3);
  const SecretBytes secret(passphrase);
  const std::string legacy = traditional_pem(ec_key(), passphrase);
  expect_same(PrivateKey::from_file_content(as_bytes(legacy), &secret), ec_key());
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, read(legacy, "a")));
}

TEST(PrivateKey, RefusesAPassphraseThatDoesNotFit) {
  const std::string passphrase(2000, 'x');
  const std::string legacy = traditional_pem(ec_key(), "correct horse");
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, read(legacy, passphrase.c_str())));
}

TEST(PrivateKey, TakesTheFirstKeyAmongOtherBlocks) {
  const std::string text = make_test_requester(shared_test_key(1)).pem() +
                           traditional_pem(shared_test_key(0)) + traditional_pem(ec_key());
  expect_same(read(text), shared_test_key(0));
}

TEST(PrivateKey, RefusesWhatIsNoKey) {
  const std::string pem(ec_key().to_pem()->reveal_text());
  std::string damaged = pem;
  damaged[40] = '*';
  const std::string ssh =
      "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
  const std::string der = pkcs8_der(ec_key());
  for (const std::string& content :
       {std::string(), std::string("text"), damaged, pem.substr(0, pem.size() / 2), ssh,
        make_test_requester(shared_test_key(0)).pem(), der + "x", der.substr(0, der.size() - 1),
        traditional_der(shared_test_key(0)) + "x", std::string((1U << 20U) + 1, 'x')}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, read(content))) << content.substr(0, 80);
  }
}

TEST(PrivateKey, SaysWhatItIs) {
  EXPECT_TRUE(shared_test_key(0).is_rsa());
  EXPECT_EQ(shared_test_key(0).bits(), 2048);
  EXPECT_FALSE(ec_key().is_rsa());
  EXPECT_EQ(ec_key().bits(), 256);
}

TEST(PrivateKey, MatchesItsCertificateOnly) {
  const Certificate rsa = make_test_requester(shared_test_key(0));
  EXPECT_TRUE(shared_test_key(0).matches(rsa));
  EXPECT_FALSE(shared_test_key(1).matches(rsa));
  EXPECT_FALSE(ec_key().matches(rsa));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(PrivateKey, RefusesImpossibleSizes) {
  for (const int bits : {0, -1, 512, 1023, 16385, 1 << 30}) {
    EXPECT_TRUE(failed_with(ErrorCode::unsupported, PrivateKey::generate_rsa(bits))) << bits;
  }
}

}  // namespace
}  // namespace bramley
