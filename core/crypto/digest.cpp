#include "core/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/encoding.h"

namespace bramley {

namespace {

// Looked up once and kept for the life of the process: OpenSSL 3 otherwise searches its providers
// for every digest.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

}  // namespace

std::string Fingerprint::hex() const {
  return encode_hex(bytes);
}

Result<Fingerprint> Fingerprint::from_hex(std::string_view text) {
  TRY_ASSIGN(const Bytes decoded, decode_hex(text));
  Fingerprint fingerprint;
  if (decoded.size() != fingerprint.bytes.size()) {
    return Error{ErrorCode::malformed, "read fingerprint: 64 hex digits expected"};
  }
  std::copy(decoded.begin(), decoded.end(), fingerprint.bytes.begin());
  return fingerprint;
}

Fingerprint sha256(ByteView data) {
  Fingerprint digest;
  const int done =
      EVP_Digest(data.data(), data.size(), digest.bytes.data(), nullptr, sha256_method(), nullptr);
  if (done != 1) {
    std::abort();  // an OpenSSL without SHA-256 is not one we can go on with
  }
  return digest;
}

Bytes hmac_sha256(ByteView key, ByteView data) {
  Bytes mac(EVP_MAX_MD_SIZE);
  // HMAC takes a null key for "as before", so an empty one still needs an address.
  const unsigned char no_key = 0;
  unsigned int size = 0;
  const unsigned char* done =
      HMAC(EVP_sha256(), key.empty() ? &no_key : key.data(), static_cast<int>(key.size()),
           data.data(), data.size(), mac.data(), &size);
  if (done == nullptr) {
    std::abort();
  }
  mac.resize(size);
  return mac;
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace bramley
