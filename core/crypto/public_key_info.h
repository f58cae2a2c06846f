#pragma once

#include "core/crypto/openssl_handles.h"

namespace bramley {

// SubjectPublicKeyInfo in DER, made comparable: RSA algorithm identifiers without their NULL, which
// some clients send, get it. Empty if there is none.
Bytes public_key_info_der(const X509_PUBKEY* key);

}  // namespace bramley
