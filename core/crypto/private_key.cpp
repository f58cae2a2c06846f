#include "core/crypto/private_key.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/pem.h"

namespace bramley {

namespace {

constexpr int fewest_rsa_bits = 1024;
constexpr int most_rsa_bits = 16384;
constexpr std::size_t largest_key_file = 1U << 20U;

// Null if `der` is no such object, or goes on after it.
template <class Handle, auto d2i>
Handle parse_all(ByteView der) {
  const unsigned char* end = der.data();
  Handle object(d2i(nullptr, &end, static_cast<long>(der.size())));
  if (end != der.data() + der.size()) {
    object.reset();
  }
  return object;
}

KeyHandle key_of_pkcs8(ByteView der) {
  const auto info = parse_all<PrivateKeyInfoHandle, d2i_PKCS8_PRIV_KEY_INFO>(der);
  return KeyHandle(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
}

// PKCS#1 or SEC1.
KeyHandle key_of_traditional(int type, ByteView der) {
  const unsigned char* end = der.data();
  KeyHandle key(d2i_PrivateKey(type, nullptr, &end, static_cast<long>(der.size())));
  if (end != der.data() + der.size()) {
    key.reset();
  }
  return key;
}

KeyHandle key_of_encrypted_pkcs8(const X509_SIG* sealed, ByteView passphrase) {
  // OpenSSL takes a null passphrase for something else than an empty one.
  const char* text = passphrase.empty() ? "" : as_text(passphrase).data();
  const PrivateKeyInfoHandle info(PKCS8_decrypt(sealed, text, static_cast<int>(passphrase.size())));
  return KeyHandle(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
}

// OpenSSL asks here instead of at the terminal.
int give_passphrase(char* buffer, int capacity, int /*for_writing*/, void* context) {
  const auto& passphrase = *static_cast<const ByteView*>(context);
  if (passphrase.size() > static_cast<std::size_t>(capacity)) {
    return -1;
  }
  std::copy(passphrase.begin(), passphrase.end(), buffer);
  return static_cast<int>(passphrase.size());
}

KeyHandle key_of_legacy(int type, EVP_CIPHER_INFO cipher, ByteView content, ByteView passphrase) {
  Bytes plain(content.begin(), content.end());
  unsigned char* const start = plain.data();
  auto size = static_cast<long>(plain.size());
  const SecretBytes wiped_after_use(std::move(plain));
  // Decrypts in place.
  if (PEM_do_header(&cipher, start, &size, give_passphrase, &passphrase) != 1) {
    return nullptr;
  }
  return key_of_traditional(type, ByteView(start, static_cast<std::size_t>(size)));
}

// `open` with an empty passphrase (scep-dep trap 14), then with the given one.
template <class Open>
Result<KeyHandle> try_passphrases(const SecretBytes* passphrase, Open open) {
  if (KeyHandle key = open(ByteView())) {
    forget_openssl_errors();
    return key;
  }
  forget_openssl_errors();
  if (passphrase == nullptr) {
    return Error{ErrorCode::unauthenticated, "decrypt private key: it needs a passphrase"};
  }
  if (KeyHandle key = open(passphrase->reveal())) {
    forget_openssl_errors();
    return key;
  }
  // OpenSSL's own words speak of padding, which helps nobody.
  forget_openssl_errors();
  return Error{ErrorCode::unauthenticated, "decrypt private key: wrong passphrase"};
}

Result<KeyHandle> open_encrypted_pkcs8(ByteView der, const SecretBytes* passphrase) {
  const auto sealed = parse_all<EncryptedKeyHandle, d2i_X509_SIG>(der);
  if (sealed == nullptr) {
    return openssl_error(ErrorCode::malformed, "read encrypted private key");
  }
  return try_passphrases(passphrase, [&](ByteView candidate) {
    return key_of_encrypted_pkcs8(sealed.get(), candidate);
  });
}

Result<KeyHandle> open_legacy(int type, PemBlock& block, const SecretBytes* passphrase) {
  EVP_CIPHER_INFO cipher{};
  // Cuts the header text up as it reads.
  if (PEM_get_EVP_CIPHER_INFO(block.headers.data(), &cipher) != 1) {
    return openssl_error(ErrorCode::malformed, "read encrypted private key");
  }
  return try_passphrases(passphrase, [&](ByteView candidate) {
    return key_of_legacy(type, cipher, block.content.reveal(), candidate);
  });
}

Result<KeyHandle> checked(KeyHandle key) {
  if (key == nullptr) {
    return openssl_error(ErrorCode::malformed, "read private key");
  }
  forget_openssl_errors();
  return key;
}

Result<KeyHandle> open_block(PemBlock& block, const SecretBytes* passphrase) {
  if (block.label == "ENCRYPTED PRIVATE KEY") {
    return open_encrypted_pkcs8(block.content.reveal(), passphrase);
  }
  if (block.label == "PRIVATE KEY") {
    return checked(key_of_pkcs8(block.content.reveal()));
  }
  const bool is_rsa = block.label == "RSA PRIVATE KEY";
  if (!is_rsa && block.label != "EC PRIVATE KEY") {
    return Error{ErrorCode::malformed, "read private key: " + block.label + " is not supported"};
  }
  const int type = is_rsa ? EVP_PKEY_RSA : EVP_PKEY_EC;
  if (!block.headers.empty()) {
    return open_legacy(type, block, passphrase);
  }
  return checked(key_of_traditional(type, block.content.reveal()));
}

Result<KeyHandle> open_pem(ByteView text, const SecretBytes* passphrase) {
  PemReader reader(text);
  while (true) {
    TRY_ASSIGN(std::optional<PemBlock> block, reader.next());
    if (!block) {
      return Error{ErrorCode::malformed, "read PEM: no private key in it"};
    }
    if (block->label.ends_with("PRIVATE KEY")) {
      return open_block(*block, passphrase);
    }
  }
}

Result<KeyHandle> open_der(ByteView der, const SecretBytes* passphrase) {
  KeyHandle key = key_of_pkcs8(der);
  if (key == nullptr) {
    key = key_of_traditional(EVP_PKEY_RSA, der);
  }
  if (key == nullptr) {
    key = key_of_traditional(EVP_PKEY_EC, der);
  }
  forget_openssl_errors();
  if (key != nullptr) {
    return key;
  }
  return open_encrypted_pkcs8(der, passphrase);
}

std::shared_ptr<evp_pkey_st> share(KeyHandle key) {
  return {key.release(), EVP_PKEY_free};
}

}  // namespace

Result<PrivateKey> PrivateKey::generate_rsa(int bits) {
  if (bits < fewest_rsa_bits || bits > most_rsa_bits) {
    return Error{ErrorCode::unsupported,
                 "make RSA key: 1024 to 16384 bits, not " + std::to_string(bits)};
  }
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  if (key == nullptr) {
    return openssl_error(ErrorCode::internal, "make RSA key");
  }
  return PrivateKey(share(std::move(key)));
}

Result<PrivateKey> PrivateKey::generate_ec_p256() {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (key == nullptr) {
    return openssl_error(ErrorCode::internal, "make P-256 key");
  }
  return PrivateKey(share(std::move(key)));
}

Result<PrivateKey> PrivateKey::from_file_content(ByteView content, const SecretBytes* passphrase) {
  if (content.size() > largest_key_file) {
    return Error{ErrorCode::malformed, "read private key: larger than 1 MiB"};
  }
  TRY_ASSIGN(KeyHandle key, looks_like_pem(content) ? open_pem(content, passphrase)
                                                    : open_der(content, passphrase));
  return PrivateKey(share(std::move(key)));
}

Result<SecretBytes> PrivateKey::to_pem(const SecretBytes* passphrase) const {
  // A memory BIO wipes what it held when it grows and when it goes.
  const BioHandle out(BIO_new(BIO_s_mem()));
  const EVP_CIPHER* cipher = passphrase == nullptr ? nullptr : EVP_aes_256_cbc();
  ByteView secret;
  if (passphrase != nullptr) {
    secret = passphrase->reveal();
  }
  if (PEM_write_bio_PKCS8PrivateKey(out.get(), handle_.get(), cipher, nullptr, 0, give_passphrase,
                                    &secret) != 1) {
    return openssl_error(ErrorCode::internal, "write private key");
  }
  return SecretBytes(bio_content(out.get()));
}

Bytes PrivateKey::public_key_der() const {
  return encode_der<i2d_PUBKEY>(handle_.get());
}

int PrivateKey::bits() const {
  return EVP_PKEY_get_bits(handle_.get());
}

bool PrivateKey::is_rsa() const {
  return EVP_PKEY_is_a(handle_.get(), "RSA") == 1;
}

bool PrivateKey::matches(const Certificate& certificate) const {
  const EVP_PKEY* other = X509_get0_pubkey(certificate.native());
  const bool same = other != nullptr && EVP_PKEY_eq(handle_.get(), other) == 1;
  forget_openssl_errors();
  return same;
}

}  // namespace bramley
