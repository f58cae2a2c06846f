#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/bytes.h"
#include "core/base/c_handle.h"

namespace bramley {

// OpenSSL's own freeing macros, as functions that a template argument can name.
inline void free_certificate_stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}
inline void free_certificate_views(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}
inline void free_extension_stack(STACK_OF(X509_EXTENSION) * stack) {
  sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}
inline void free_openssl_memory(void* memory) {
  OPENSSL_free(memory);
}

using KeyHandle = CHandle<EVP_PKEY, EVP_PKEY_free>;
using KeyContextHandle = CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using CertificateHandle = CHandle<X509, X509_free>;
using RequestHandle = CHandle<X509_REQ, X509_REQ_free>;
using NameHandle = CHandle<X509_NAME, X509_NAME_free>;
using PublicKeyInfoHandle = CHandle<X509_PUBKEY, X509_PUBKEY_free>;
using PrivateKeyInfoHandle = CHandle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedKeyHandle = CHandle<X509_SIG, X509_SIG_free>;
using BioHandle = CHandle<BIO, BIO_free_all>;
using DigestContextHandle = CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherContextHandle = CHandle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
// Owns its elements, or borrows them.
using CertificateStackHandle = CHandle<STACK_OF(X509), free_certificate_stack>;
using CertificateViewsHandle = CHandle<STACK_OF(X509), free_certificate_views>;
using StoreHandle = CHandle<X509_STORE, X509_STORE_free>;
using StoreContextHandle = CHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using ExtensionStackHandle = CHandle<STACK_OF(X509_EXTENSION), free_extension_stack>;
using GeneralNamesHandle = CHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using GeneralNameHandle = CHandle<GENERAL_NAME, GENERAL_NAME_free>;
using ExtendedKeyUsageHandle = CHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using BasicConstraintsHandle = CHandle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using AuthorityKeyIdHandle = CHandle<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using OctetStringHandle = CHandle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using BitStringHandle = CHandle<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using IntegerHandle = CHandle<ASN1_INTEGER, ASN1_INTEGER_free>;
using ObjectHandle = CHandle<ASN1_OBJECT, ASN1_OBJECT_free>;
using TimeHandle = CHandle<ASN1_TIME, ASN1_TIME_free>;
using BignumHandle = CHandle<BIGNUM, BN_free>;
// Whatever OpenSSL allocated and hands over as plain memory.
using MemoryHandle = CHandle<unsigned char, free_openssl_memory>;

// DER by one of the i2d functions: encode_der<i2d_X509>(certificate). Empty when it cannot be
// encoded.
template <auto i2d, class T>
Bytes encode_der(const T* object) {
  const int size = i2d(object, nullptr);
  if (size <= 0) {
    return {};
  }
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* end = der.data();
  i2d(object, &end);
  return der;
}

// A BIO that reads `bytes`, which must outlive it. Null when there is no memory.
inline BioHandle read_only_bio(ByteView bytes) {
  // A null address would be an error, even for no bytes.
  const void* start = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
  return BioHandle(BIO_new_mem_buf(start, static_cast<int>(bytes.size())));
}

// What was written to a memory BIO; borrowed from it.
inline ByteView bio_content(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return as_bytes({data, size > 0 ? static_cast<std::size_t>(size) : 0});
}

}  // namespace bramley
