#pragma once

#include <openssl/x509v3.h>

#include <string>
#include <utility>
#include <vector>

#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "tests/support/fake_clock.h"

namespace bramley {

// A certificate as a test wants it, made by OpenSSL directly: also such as we would never issue.
struct CertificateShape {
  std::string common_name = "device";  // empty: an empty subject
  Timestamp not_before = FakeClock().now() - std::chrono::days(10);
  Timestamp not_after = FakeClock().now() + std::chrono::days(10);
  long serial = 7;
  const EVP_MD* digest = EVP_sha256();
  // As openssl.cnf writes them: {NID_ext_key_usage, "clientAuth"}.
  std::vector<std::pair<int, std::string>> extensions = {};
};

inline CertificateShape ca_shape(std::string name) {
  CertificateShape shape;
  shape.common_name = std::move(name);
  shape.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                      {NID_key_usage, "critical,keyCertSign"}};
  return shape;
}

// Without an issuer it signs itself.
inline Certificate make_shape(const CertificateShape& shape, const PrivateKey& key,
                              const PrivateKey& issuer_key, const Certificate* issuer) {
  X509* x509 = X509_new();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), shape.serial);
  ASN1_TIME_set(X509_getm_notBefore(x509), shape.not_before.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(x509), shape.not_after.time_since_epoch().count());
  if (!shape.common_name.empty()) {
    X509_NAME_add_entry_by_NID(X509_get_subject_name(x509), NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(shape.common_name.c_str()),
                               -1, -1, 0);
  }
  X509_set_issuer_name(x509, X509_get_subject_name(issuer != nullptr ? issuer->native() : x509));
  X509_set_pubkey(x509, key.native());
  for (const auto& [nid, value] : shape.extensions) {
    X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x509, issuer_key.native(), shape.digest);
  return Certificate::adopt(x509);
}

}  // namespace bramley
