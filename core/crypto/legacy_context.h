#pragma once

#include <openssl/types.h>

#include "core/base/result.h"

namespace bramley {

// An OpenSSL library context of our own that knows single DES (the legacy provider). Made once, at
// the first call; the global context never learns what is in it. Safe to call and to use from
// several threads. unsupported: this OpenSSL has no legacy provider.
Result<OSSL_LIB_CTX*> legacy_context();

}  // namespace bramley
