#pragma once

#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/certificate.h"

struct evp_pkey_st;

namespace bramley {

// A private key. Copies share one immutable key; OpenSSL wipes it when the last one goes.
class PrivateKey {
 public:
  // unsupported: fewer than 1024 bits, more than 16384.
  static Result<PrivateKey> generate_rsa(int bits);
  static Result<PrivateKey> generate_ec_p256();
  // PEM (PKCS#8, PKCS#1, SEC1; encrypted ones with the passphrase, also the legacy form; an empty
  // passphrase is tried first, scep-dep.md trap 14) or DER. The first key in the text counts.
  // malformed: no key, or bytes after it. unauthenticated: encrypted, and the passphrase is missing
  // or wrong. Never asks at the terminal.
  static Result<PrivateKey> from_file_content(ByteView content,
                                              const SecretBytes* passphrase = nullptr);

  // PKCS#8 PEM, encrypted (AES-256-CBC, PBKDF2) when a passphrase of up to 1,024 bytes is given.
  [[nodiscard]] Result<SecretBytes> to_pem(const SecretBytes* passphrase = nullptr) const;

  [[nodiscard]] Bytes public_key_der() const;
  [[nodiscard]] int bits() const;
  [[nodiscard]] bool is_rsa() const;
  [[nodiscard]] bool matches(const Certificate& certificate) const;

  [[nodiscard]] evp_pkey_st* native() const { return handle_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<evp_pkey_st> handle_;
};

}  // namespace bramley
