#include "core/crypto/public_key_info.h"

namespace bramley {

Bytes public_key_info_der(const X509_PUBKEY* key) {
  if (key == nullptr) {
    return {};
  }
  ASN1_OBJECT* object = nullptr;
  const unsigned char* bits = nullptr;
  int size = 0;
  X509_ALGOR* algorithm = nullptr;
  X509_PUBKEY_get0_param(&object, &bits, &size, &algorithm, key);
  int parameter = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &parameter, nullptr, algorithm);
  if (OBJ_obj2nid(object) != NID_rsaEncryption || parameter != V_ASN1_UNDEF) {
    return encode_der<i2d_X509_PUBKEY>(key);
  }
  const PublicKeyInfoHandle repaired(X509_PUBKEY_new());
  MemoryHandle copy(
      static_cast<unsigned char*>(OPENSSL_memdup(bits, static_cast<std::size_t>(size))));
  if (repaired == nullptr || copy == nullptr) {
    return {};
  }
  unsigned char* const given = copy.release();
  if (X509_PUBKEY_set0_param(repaired.get(), OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, nullptr,
                             given, size) != 1) {
    copy.reset(given);
    return {};
  }
  return encode_der<i2d_X509_PUBKEY>(repaired.get());
}

}  // namespace bramley
