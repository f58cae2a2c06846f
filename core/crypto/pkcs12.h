#pragma once

#include "core/crypto/key_material.h"

namespace bramley {

// Whether it begins as a PFX does (RFC 7292 §4: a SEQUENCE with version 3 first).
bool looks_like_pkcs12(ByteView der);

// Every certificate and the private key of a PKCS#12 file; the key's own certificate first.
// Errors as those of read_key_material.
Result<KeyMaterial> read_pkcs12(ByteView der, const SecretBytes* passphrase);

}  // namespace bramley
