#pragma once

#include "core/base/bytes.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "core/crypto/signed_message.h"

namespace bramley {

// A bare signature over `data`, without any envelope: RSASSA-PKCS1-v1_5 for an RSA key (RFC 8017
// §8.2), ECDSA in DER for an EC key. unsupported: DigestAlgorithm::other.
Result<Bytes> sign_data(const PrivateKey& key, DigestAlgorithm digest, ByteView data);

// unauthenticated: `signer`'s key did not make this signature over `data` with this digest.
Status verify_data(const Certificate& signer, DigestAlgorithm digest, ByteView data,
                   ByteView signature);

}  // namespace bramley
