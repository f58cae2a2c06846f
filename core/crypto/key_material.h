#pragma once

#include <vector>

#include "core/crypto/certificate.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/private_key.h"

namespace bramley {

// What a file that a person hands over holds, each kind in the order in which it was found.
struct KeyMaterial {
  std::vector<Certificate> certificates;
  std::vector<PrivateKey> keys;
  std::vector<CertificateRequest> requests;
};

// PEM, several blocks in any order, also with the line ends lost between them
// ("-----END X----------BEGIN Y-----"), blocks of other kinds skipped; or in DER one certificate,
// key, request, PKCS#12 (RFC 7292, also with the old ciphers) or certs-only PKCS#7.
// An empty passphrase is tried first. malformed: nothing of these in it, a damaged block, or more
// than 1 MiB. unauthenticated: encrypted, and the passphrase is missing or wrong. unsupported: an
// old cipher, and this OpenSSL has no legacy provider.
Result<KeyMaterial> read_key_material(ByteView content, const SecretBytes* passphrase = nullptr);

}  // namespace bramley
