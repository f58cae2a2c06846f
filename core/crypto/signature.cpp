#include "core/crypto/signature.h"

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {
namespace {

// Null: none that is signed with.
const EVP_MD* method_of(DigestAlgorithm digest) {
  switch (digest) {
    case DigestAlgorithm::sha1:
      return EVP_sha1();
    case DigestAlgorithm::sha256:
      return EVP_sha256();
    case DigestAlgorithm::sha384:
      return EVP_sha384();
    case DigestAlgorithm::sha512:
      return EVP_sha512();
    case DigestAlgorithm::other:
      break;
  }
  return nullptr;
}

}  // namespace

Result<Bytes> sign_data(const PrivateKey& key, DigestAlgorithm digest, ByteView data) {
  const EVP_MD* method = method_of(digest);
  if (method == nullptr) {
    return Error{ErrorCode::unsupported, "sign: unknown digest"};
  }
  const DigestContextHandle context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, method, nullptr, key.native()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) != 1) {
    return openssl_error(ErrorCode::internal, "sign");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) {
    return openssl_error(ErrorCode::internal, "sign");
  }
  signature.resize(size);
  return signature;
}

Status verify_data(const Certificate& signer, DigestAlgorithm digest, ByteView data,
                   ByteView signature) {
  const EVP_MD* method = method_of(digest);
  EVP_PKEY* key = X509_get0_pubkey(signer.native());
  const DigestContextHandle context(EVP_MD_CTX_new());
  if (method == nullptr || key == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, method, nullptr, key) != 1 ||
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(),
                       data.size()) != 1) {
    forget_openssl_errors();
    return Error{ErrorCode::unauthenticated, "verify signature: it was not made by this key"};
  }
  return {};
}

}  // namespace bramley
