#include "core/crypto/sealer.h"

#include <algorithm>
#include <array>

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t overhead = 1 + nonce_size + tag_size;
// Keeps every length inside OpenSSL's int.
constexpr std::size_t largest_plain = 256U << 20U;

const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

Bytes authenticated_data(std::string_view context) {
  Bytes data(1 + context.size());
  data[0] = format_version;
  std::copy(context.begin(), context.end(), data.begin() + 1);
  return data;
}

class AesGcmSealer : public Sealer {
 public:
  AesGcmSealer(SecretBytes key, std::shared_ptr<Random> random)
      : key_(std::move(key)), random_(std::move(random)) {}

  Result<Bytes> seal(ByteView plain, std::string_view context) const override;
  Result<SecretBytes> open(ByteView sealed, std::string_view context) const override;

 private:
  const SecretBytes key_;
  // Random nonces are good for 2^32 messages a key (NIST SP 800-38D §8.3): more than one secret a
  // second for a century.
  const std::shared_ptr<Random> random_;
};

Result<Bytes> AesGcmSealer::seal(ByteView plain, std::string_view context) const {
  if (plain.size() > largest_plain) {
    return Error{ErrorCode::malformed, "seal secret: larger than 256 MiB"};
  }
  Bytes sealed(overhead + plain.size());
  sealed[0] = format_version;
  const std::span<std::uint8_t> nonce = std::span(sealed).subspan(1, nonce_size);
  random_->fill(nonce);
  unsigned char* const body = sealed.data() + 1 + nonce_size;
  const Bytes associated = authenticated_data(context);
  const CipherContextHandle cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool done =
      cipher != nullptr &&
      EVP_EncryptInit_ex2(cipher.get(), aes_256_gcm(), key_.reveal().data(), nonce.data(),
                          nullptr) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, associated.data(),
                        static_cast<int>(associated.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), body, &size, plain.data(), static_cast<int>(plain.size())) ==
          1 &&
      EVP_EncryptFinal_ex(cipher.get(), body + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, body + plain.size()) == 1;
  if (!done) {
    return openssl_error(ErrorCode::internal, "seal secret");
  }
  return sealed;
}

Result<SecretBytes> AesGcmSealer::open(ByteView sealed, std::string_view context) const {
  if (sealed.size() < overhead || sealed.size() > overhead + largest_plain ||
      sealed[0] != format_version) {
    return Error{ErrorCode::unauthenticated, "open sealed secret: not in a form we write"};
  }
  const ByteView nonce = sealed.subspan(1, nonce_size);
  const ByteView body = sealed.subspan(1 + nonce_size, sealed.size() - overhead);
  std::array<unsigned char, tag_size> tag{};
  std::copy(sealed.end() - tag_size, sealed.end(), tag.begin());
  const Bytes associated = authenticated_data(context);
  Bytes plain(body.size());
  unsigned char* const out = plain.data();
  SecretBytes owner(std::move(plain));  // wiped whichever way this ends
  const CipherContextHandle cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool genuine =
      cipher != nullptr &&
      EVP_DecryptInit_ex2(cipher.get(), aes_256_gcm(), key_.reveal().data(), nonce.data(),
                          nullptr) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, associated.data(),
                        static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), out, &size, body.data(), static_cast<int>(body.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), out + body.size(), &size) == 1;
  forget_openssl_errors();
  if (!genuine) {
    return Error{ErrorCode::unauthenticated,
                 "open sealed secret: another key, another place, or damage"};
  }
  return owner;
}

}  // namespace

Result<std::shared_ptr<const Sealer>> make_sealer(SecretBytes key, std::shared_ptr<Random> random) {
  if (key.size() != key_size) {
    return Error{ErrorCode::malformed, "make sealer: the key must have 32 bytes"};
  }
  return std::shared_ptr<const Sealer>(
      std::make_shared<AesGcmSealer>(std::move(key), std::move(random)));
}

}  // namespace bramley
