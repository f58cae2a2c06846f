#include "core/crypto/legacy_context.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "core/base/c_handle.h"
#include "core/crypto/openssl_error.h"

namespace bramley {
namespace {

using ContextHandle = CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using ProviderHandle = CHandle<OSSL_PROVIDER, OSSL_PROVIDER_unload>;

// The providers go first: a context that is freed before leaks them.
struct LegacyContext {
  ContextHandle context;
  ProviderHandle usual;
  ProviderHandle legacy;
};

Result<LegacyContext> make_legacy_context() {
  LegacyContext made{ContextHandle(OSSL_LIB_CTX_new()), nullptr, nullptr};
  if (made.context) {
    made.usual.reset(OSSL_PROVIDER_load(made.context.get(), "default"));
    made.legacy.reset(OSSL_PROVIDER_load(made.context.get(), "legacy"));
  }
  if (!made.usual || !made.legacy) {
    return openssl_error(ErrorCode::unsupported, "load OpenSSL's legacy provider for single DES");
  }
  return made;
}

}  // namespace

Result<OSSL_LIB_CTX*> legacy_context() {
  static const Result<LegacyContext> made = make_legacy_context();
  if (!made) {
    return Error(made.error());
  }
  return made->context.get();
}

}  // namespace bramley
