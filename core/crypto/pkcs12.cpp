#include "core/crypto/pkcs12.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>

#include <array>

#include "core/crypto/legacy_context.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {
namespace {

using Pkcs12Handle = CHandle<PKCS12, PKCS12_free>;

// `context`: where its ciphers are looked up; null for OpenSSL's own.
Result<Pkcs12Handle> parse(ByteView der, OSSL_LIB_CTX* context) {
  PKCS12* object = PKCS12_init_ex(NID_pkcs7_data, context, nullptr);
  const unsigned char* end = der.data();
  // Frees the object, and leaves null, when it fails.
  d2i_PKCS12(&object, &end, static_cast<long>(der.size()));
  Pkcs12Handle parsed(object);
  if (parsed == nullptr) {
    return openssl_error(ErrorCode::malformed, "read PKCS#12");
  }
  if (end != der.data() + der.size()) {
    return Error{ErrorCode::malformed, "read PKCS#12: trailing bytes"};
  }
  return parsed;
}

// An empty passphrase is written in two ways (RFC 7292 appendix B.1): as none and as an empty one.
std::optional<std::string> matching_passphrase(PKCS12* pkcs12, const SecretBytes* given) {
  if (PKCS12_mac_present(pkcs12) == 0) {
    return given == nullptr ? std::string() : std::string(given->reveal_text());
  }
  if (PKCS12_verify_mac(pkcs12, "", 0) == 1 || PKCS12_verify_mac(pkcs12, nullptr, 0) == 1) {
    return std::string();
  }
  if (given == nullptr || given->size() > 1024) {
    return std::nullopt;
  }
  std::string text(given->reveal_text());
  if (PKCS12_verify_mac(pkcs12, text.c_str(), static_cast<int>(text.size())) == 1) {
    return text;
  }
  OPENSSL_cleanse(text.data(), text.size());
  return std::nullopt;
}

Result<KeyMaterial> collect(EVP_PKEY* key, X509* leaf, const STACK_OF(X509) * others) {
  KeyMaterial material;
  if (key != nullptr) {
    // Through PKCS#8, so that there is one way for a key to come in.
    const PrivateKeyInfoHandle info(EVP_PKEY2PKCS8(key));
    const SecretBytes der(encode_der<i2d_PKCS8_PRIV_KEY_INFO>(info.get()));
    TRY_ASSIGN(PrivateKey read, PrivateKey::from_file_content(der.reveal()));
    material.keys.push_back(std::move(read));
  }
  if (leaf != nullptr) {
    TRY_ASSIGN(Certificate read, Certificate::from_der(encode_der<i2d_X509>(leaf)));
    material.certificates.push_back(std::move(read));
  }
  for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i) {
    TRY_ASSIGN(Certificate read,
               Certificate::from_der(encode_der<i2d_X509>(sk_X509_value(others, i))));
    material.certificates.push_back(std::move(read));
  }
  if (material.keys.empty() && material.certificates.empty()) {
    return Error{ErrorCode::malformed, "read PKCS#12: it is empty"};
  }
  return material;
}

Result<KeyMaterial> open(PKCS12* pkcs12, const std::string& passphrase) {
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  const bool opened = PKCS12_parse(pkcs12, passphrase.c_str(), &key, &leaf, &others) == 1;
  const KeyHandle key_owner(key);
  const CertificateHandle leaf_owner(leaf);
  const CertificateStackHandle others_owner(others);
  if (!opened) {
    return openssl_error(ErrorCode::malformed, "read PKCS#12");
  }
  return collect(key, leaf, others);
}

Result<KeyMaterial> read_in(ByteView der, const SecretBytes* passphrase, OSSL_LIB_CTX* context) {
  TRY_ASSIGN(const Pkcs12Handle pkcs12, parse(der, context));
  std::optional<std::string> matching = matching_passphrase(pkcs12.get(), passphrase);
  forget_openssl_errors();
  if (!matching) {
    return Error{ErrorCode::unauthenticated, passphrase == nullptr
                                                 ? "decrypt PKCS#12: it needs a passphrase"
                                                 : "decrypt PKCS#12: wrong passphrase"};
  }
  auto material = open(pkcs12.get(), *matching);
  OPENSSL_cleanse(matching->data(), matching->size());
  return material;
}

}  // namespace

bool looks_like_pkcs12(ByteView der) {
  // SEQUENCE, a length of one to five bytes, INTEGER 3.
  constexpr std::array<std::uint8_t, 3> version = {0x02, 0x01, 0x03};
  if (der.size() < 8 || der[0] != 0x30) {
    return false;
  }
  const std::size_t length_bytes = (der[1] & 0x80U) == 0 ? 1U : 1U + (der[1] & 0x7fU);
  return length_bytes <= 5 && der.size() > 1 + length_bytes + version.size() &&
         std::equal(version.begin(), version.end(),
                    der.begin() + static_cast<std::ptrdiff_t>(1 + length_bytes));
}

Result<KeyMaterial> read_pkcs12(ByteView der, const SecretBytes* passphrase) {
  auto material = read_in(der, passphrase, nullptr);
  if (material || material.error().code != ErrorCode::malformed) {
    return material;
  }
  // Old files are sealed with RC2 or single DES, which only the legacy provider knows.
  TRY_ASSIGN(OSSL_LIB_CTX * context, legacy_context());
  return read_in(der, passphrase, context);
}

}  // namespace bramley
