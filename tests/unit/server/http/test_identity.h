#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/base/bytes.h"

namespace bramley {

// A key and a certificate made with OpenSSL alone, so that the tests of TLS do not lean on the code
// of ours that makes certificates.
class TestIdentity {
 public:
  struct Terms {
    std::string common_name = "localhost";
    long not_before = -3600;  // seconds from now
    long not_after = 86400;
    const TestIdentity* issuer = nullptr;  // null: self-signed
  };

  TestIdentity() : TestIdentity(Terms{}) {}
  explicit TestIdentity(const Terms& terms)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    static std::atomic<long> serial = 1;
    X509* const x = certificate_.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), terms.not_before);
    X509_gmtime_adj(X509_getm_notAfter(x), terms.not_after);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(terms.common_name.c_str()),
                               -1, -1, 0);
    const TestIdentity& issuer = terms.issuer == nullptr ? *this : *terms.issuer;
    X509_set_issuer_name(x, X509_get_subject_name(issuer.certificate_.get()));
    X509_set_pubkey(x, key_.get());
    add_extension(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    add_extension(NID_basic_constraints, "CA:TRUE");
    if (X509_sign(x, issuer.key_.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("a test certificate could not be signed");
    }
  }

  [[nodiscard]] std::string certificate_pem() const {
    return pem([this](BIO* out) { return PEM_write_bio_X509(out, certificate_.get()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return pem([this](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  [[nodiscard]] std::string encrypted_key_pem() const {
    return pem([this](BIO* out) {
      return PEM_write_bio_PKCS8PrivateKey(out, key_.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                           nullptr);
    });
  }
  [[nodiscard]] Bytes certificate_der() const {
    unsigned char* out = nullptr;
    const int size = i2d_X509(certificate_.get(), &out);
    Bytes der(out, out + size);
    OPENSSL_free(out);
    return der;
  }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

 private:
  void add_extension(int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Writer>
  static std::string pem(Writer writer) {
    BIO* const out = BIO_new(BIO_s_mem());
    writer(out);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

}  // namespace bramley
