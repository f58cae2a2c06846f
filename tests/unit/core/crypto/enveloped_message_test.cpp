#include "core/crypto/enveloped_message.h"

#include <gtest/gtest.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <thread>

#include "core/base/c_handle.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using CmsHandle = CHandle<CMS_ContentInfo, CMS_ContentInfo_free>;
using BioHandle = CHandle<BIO, BIO_free_all>;

constexpr std::string_view content = "a secret of some length, with a challenge in it";

const Certificate& recipient() {
  static const Certificate certificate = make_test_requester(shared_test_key(0));
  return certificate;
}

Bytes seal(ContentCipher cipher, SingleDes single_des = SingleDes::refuse) {
  return seal_envelope(as_bytes(content), recipient(), cipher, single_des).value();
}

Result<OpenedEnvelope> open(ByteView der, SingleDes single_des = SingleDes::refuse) {
  return open_envelope(der, recipient(), shared_test_key(0), single_des);
}

// Sealed by OpenSSL in ways that seal_envelope has no use for.
Bytes seal_by_openssl(const EVP_CIPHER* cipher, unsigned int flags, bool oaep = false) {
  const BioHandle input(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const CmsHandle cms(CMS_encrypt(nullptr, nullptr, cipher, flags | CMS_BINARY | CMS_PARTIAL));
  CMS_RecipientInfo* info =
      CMS_add1_recipient_cert(cms.get(), recipient().native(), flags | (oaep ? CMS_KEY_PARAM : 0U));
  if (oaep) {
    EVP_PKEY_CTX* context = CMS_RecipientInfo_get0_pkey_ctx(info);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256());
  }
  const BioHandle output(BIO_new(BIO_s_mem()));
  if ((flags & CMS_STREAM) != 0) {
    i2d_CMS_bio_stream(output.get(), cms.get(), input.get(), static_cast<int>(flags | CMS_BINARY));
  } else {
    CMS_final(cms.get(), input.get(), nullptr, flags | CMS_BINARY);
    i2d_CMS_bio(output.get(), cms.get());
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(output.get(), &data);
  return to_bytes(std::string_view(data, static_cast<std::size_t>(size)));
}

TEST(EnvelopedMessage, EveryCipherOpensAgain) {
  for (const auto cipher : {ContentCipher::des_ede3_cbc, ContentCipher::aes_128_cbc,
                            ContentCipher::aes_192_cbc, ContentCipher::aes_256_cbc}) {
    const auto opened = open(seal(cipher));
    ASSERT_TRUE(succeeded(opened));
    EXPECT_EQ(as_text(opened->content), content);
    EXPECT_EQ(opened->cipher, cipher);
  }
}

TEST(EnvelopedMessage, EmptyContentOpensAgain) {
  const auto der = seal_envelope({}, recipient(), ContentCipher::aes_128_cbc, SingleDes::refuse);
  ASSERT_TRUE(succeeded(der));
  const auto opened = open(*der);
  ASSERT_TRUE(succeeded(opened));
  EXPECT_TRUE(opened->content.empty());
}

TEST(EnvelopedMessage, SingleDesOnlyWithLeave) {
  ASSERT_TRUE(succeeded(single_des_available()));
  EXPECT_TRUE(failed_with(
      ErrorCode::unsupported,
      seal_envelope(as_bytes(content), recipient(), ContentCipher::des_cbc, SingleDes::refuse)));
  const Bytes der = seal(ContentCipher::des_cbc, SingleDes::allow);
  const auto opened = open(der, SingleDes::allow);
  ASSERT_TRUE(succeeded(opened));
  EXPECT_EQ(as_text(opened->content), content);
  EXPECT_EQ(opened->cipher, ContentCipher::des_cbc);
  EXPECT_TRUE(failed_with(ErrorCode::unsupported, open(der)));
}

TEST(EnvelopedMessage, TheGlobalContextNeverLearnsSingleDes) {
  ASSERT_TRUE(succeeded(open(seal(ContentCipher::des_cbc, SingleDes::allow), SingleDes::allow)));
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "DES-CBC", nullptr);
  EXPECT_EQ(cipher, nullptr);
  EVP_CIPHER_free(cipher);
  ERR_clear_error();
}

TEST(EnvelopedMessage, SingleDesWorksInSeveralThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&good] {
      for (int j = 0; j < 20; ++j) {
        const auto opened = open(seal(ContentCipher::des_cbc, SingleDes::allow), SingleDes::allow);
        good += opened && as_text(opened->content) == content ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 80);
}

// scep-dep trap 3: some clients do.
TEST(EnvelopedMessage, OaepOpens) {
  const auto opened = open(seal_by_openssl(EVP_aes_256_cbc(), 0, true));
  ASSERT_TRUE(succeeded(opened));
  EXPECT_EQ(as_text(opened->content), content);
}

TEST(EnvelopedMessage, RecipientMayBeNamedByKeyIdentifier) {
  const auto opened = open(seal_by_openssl(EVP_aes_128_cbc(), CMS_USE_KEYID));
  ASSERT_TRUE(succeeded(opened));
  EXPECT_EQ(as_text(opened->content), content);
}

TEST(EnvelopedMessage, IndefiniteLengthsOpen) {
  const Bytes ber = seal_by_openssl(EVP_des_ede3_cbc(), CMS_STREAM);
  ASSERT_EQ(ber[1], 0x80) << "not an indefinite length";
  const auto opened = open(ber);
  ASSERT_TRUE(succeeded(opened));
  EXPECT_EQ(as_text(opened->content), content);
}

TEST(EnvelopedMessage, AnotherCipherIsNamed) {
  const auto opened = open(seal_by_openssl(EVP_camellia_128_cbc(), 0));
  ASSERT_TRUE(failed_with(ErrorCode::unsupported, opened));
  EXPECT_NE(opened.error().message.find("camellia-128-cbc"), std::string::npos)
      << opened.error().message;
}

TEST(EnvelopedMessage, AnotherRecipientIsUnauthenticated) {
  const Certificate other = make_test_requester(shared_test_key(1), "other");
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated,
                          open_envelope(seal(ContentCipher::aes_128_cbc), other, shared_test_key(1),
                                        SingleDes::refuse)));
}

// scep-dep trap 4: the wrong key may "succeed", but never with the content.
TEST(EnvelopedMessage, TheWrongKeyNeverSeesTheContent) {
  const Bytes der = seal(ContentCipher::aes_128_cbc);
  for (int i = 0; i < 50; ++i) {
    const auto opened = open_envelope(der, recipient(), shared_test_key(1), SingleDes::refuse);
    if (opened) {
      EXPECT_NE(as_text(opened->content), content);
    } else {
      EXPECT_EQ(opened.error().code, ErrorCode::unauthenticated);
    }
  }
}

TEST(EnvelopedMessage, ARecipientWithoutAnRsaKeyIsUnsupported) {
  const auto key = PrivateKey::generate_ec_p256().value();
  const Certificate certificate = make_test_requester(key);
  EXPECT_TRUE(failed_with(ErrorCode::unsupported, check_envelope_recipient(certificate)));
  EXPECT_TRUE(failed_with(ErrorCode::unsupported,
                          seal_envelope(as_bytes(content), certificate, ContentCipher::aes_128_cbc,
                                        SingleDes::refuse)));
}

TEST(EnvelopedMessage, EveryTruncationAndTrailingBytesAreMalformed) {
  const Bytes der = seal(ContentCipher::aes_128_cbc);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, open(ByteView(der).first(size))));
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::malformed, open(longer)));
}

TEST(EnvelopedMessage, NoAlteredByteEndsTheProcessOrLeavesErrorsBehind) {
  const Bytes der = seal(ContentCipher::aes_128_cbc);
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes altered = der;
    altered[i] ^= 0x81U;
    const auto opened = open(altered);
    static_cast<void>(opened.has_value());
    ASSERT_EQ(ERR_peek_error(), 0U) << "at byte " << i;
  }
}

TEST(EnvelopedMessage, KeyUsageSaysWhoMayReceive) {
  EXPECT_TRUE(allows_key_encipherment(make_test_authority().certificate));
  EXPECT_TRUE(allows_key_encipherment(recipient()));
}

}  // namespace
}  // namespace bramley
