#include "core/crypto/quick_parsing.h"

#include <openssl/asn1t.h>
#include <openssl/provider.h>

#include <algorithm>

namespace bramley {
namespace {

using ContextHandle = CHandle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using ProviderHandle = CHandle<OSSL_PROVIDER, OSSL_PROVIDER_unload>;

// The provider goes first: a context that is freed before leaks it.
struct KeylessContext {
  ContextHandle context;
  ProviderHandle provider;
};

// A library context in which there is nothing that could decode a key. Null when it cannot be made:
// that is the global one, where all works as usual.
OSSL_LIB_CTX* keyless_context() {
  static const KeylessContext keyless = [] {
    KeylessContext made{ContextHandle(OSSL_LIB_CTX_new()), nullptr};
    // Without a provider OpenSSL would load its default one when it is first asked for something.
    if (made.context) {
      made.provider.reset(OSSL_PROVIDER_load(made.context.get(), "null"));
    }
    if (!made.provider) {
      made.context.reset();
    }
    return made;
  }();
  return keyless.context.get();
}

// Null: not an RSA key, or not one in the plain form.
KeyHandle read_rsa_key(const X509_PUBKEY* info) {
  ASN1_OBJECT* kind = nullptr;
  const unsigned char* bits = nullptr;
  int size = 0;
  X509_PUBKEY_get0_param(&kind, &bits, &size, nullptr, info);
  if (OBJ_obj2nid(kind) != NID_rsaEncryption) {
    return nullptr;
  }
  const unsigned char* end = bits;
  KeyHandle key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &end, size));
  return key && end == bits + size ? std::move(key) : nullptr;
}

// Setting the key makes OpenSSL encode the certificate anew. That is the same certificate only if
// the same bytes come out.
bool give_key(X509* certificate, ByteView der) {
  const KeyHandle key = read_rsa_key(X509_get_X509_PUBKEY(certificate));
  return key && X509_set_pubkey(certificate, key.get()) == 1 &&
         std::ranges::equal(encode_der<i2d_X509>(certificate), der);
}

}  // namespace

void* parse_without_keys(const unsigned char** end, std::size_t size, const ASN1_ITEM* item) {
  return ASN1_item_d2i_ex(nullptr, end, static_cast<long>(size), item, keyless_context(), nullptr);
}

CertificateHandle parse_certificate(const unsigned char** end, std::size_t size) {
  const unsigned char* const begin = *end;
  CertificateHandle certificate(
      static_cast<X509*>(parse_without_keys(end, size, ASN1_ITEM_rptr(X509))));
  if (!certificate || give_key(certificate.get(), ByteView(begin, *end))) {
    return certificate;
  }
  *end = begin;
  return CertificateHandle(d2i_X509(nullptr, end, static_cast<long>(size)));
}

RequestHandle parse_request(const unsigned char** end, std::size_t size) {
  return RequestHandle(
      static_cast<X509_REQ*>(parse_without_keys(end, size, ASN1_ITEM_rptr(X509_REQ))));
}

KeyHandle read_public_key(const X509_PUBKEY* info) {
  if (KeyHandle key = read_rsa_key(info)) {
    return key;
  }
  const Bytes der = encode_der<i2d_X509_PUBKEY>(info);
  const unsigned char* end = der.data();
  return KeyHandle(d2i_PUBKEY(nullptr, &end, static_cast<long>(der.size())));
}

}  // namespace bramley
