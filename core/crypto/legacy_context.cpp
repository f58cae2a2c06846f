#include "core/crypto/legacy_context.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "core/base/c_handle.h"
#include "core/crypto/openssl_error.h"

namespace bramley {
namespace {

using ContextHandle = CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;

// The context unloads its providers when it goes.
Result<ContextHandle> make_legacy_context() {
  ContextHandle context(OSSL_LIB_CTX_new());
  if (!context || OSSL_PROVIDER_load(context.get(), "default") == nullptr ||
      OSSL_PROVIDER_load(context.get(), "legacy") == nullptr) {
    return openssl_error(ErrorCode::unsupported, "load OpenSSL's legacy provider for single DES");
  }
  return context;
}

}  // namespace

Result<OSSL_LIB_CTX*> legacy_context() {
  static const Result<ContextHandle> context = make_legacy_context();
  if (!context) {
    return Error(context.error());
  }
  return context->get();
}

}  // namespace bramley
