#pragma once

#include <chrono>
#include <string>

#include "core/base/random.h"
#include "core/crypto/certificate_authority.h"
#include "core/crypto/private_key.h"

namespace bramley {

// A CA whose key is in this process.
class LocalCertificateAuthority : public CertificateAuthority {
 public:
  // conflict: the key is not the certificate's. malformed: not a CA certificate, or one that
  // may not sign. unsupported: a key that is neither RSA nor EC.
  // (Expiry is not judged here: the caller knows the date and what to say.)
  static Result<LocalCertificateAuthority> load(Certificate certificate, PrivateKey key);

  const Certificate& certificate() const override { return certificate_; }
  Result<Certificate> issue(const CertificateRequest& request, const IssueTerms& terms) override;
  // For SCEP, which signs replies and decrypts requests with the CA's own key.
  [[nodiscard]] const PrivateKey& key() const { return key_; }

 private:
  LocalCertificateAuthority(Certificate certificate, PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Certificate certificate_;
  PrivateKey key_;
};

// A serial number: 128 random bits, and a zero byte before them, for it has to be positive (RFC
// 5280 §4.1.2.2).
Bytes random_serial(Random& random);

struct AuthorityTerms {
  std::string common_name;
  std::string organization;
  Timestamp not_before;
  Timestamp not_after;
  int key_bits = 2048;
};
struct NewAuthority {
  Certificate certificate;
  PrivateKey key;
};
// malformed: a name that X.520 does not allow, or dates out of order. unsupported: a key size.
// A self-signed RSA root for SCEP: keyUsage digitalSignature, keyEncipherment, keyCertSign and
// cRLSign (RFC 8894 §2.1.2 and scep-dep trap 9), pathlen 0, random 128-bit serial.
Result<NewAuthority> make_certificate_authority(const AuthorityTerms& terms, Random& random);

struct SelfSignedTerms {
  std::vector<NameAttribute> subject;
  Timestamp not_before;
  Timestamp not_after;
  // DNS names and IP addresses (told apart by form) for a TLS server's subjectAltName; empty for
  // none.
  std::vector<std::string> host_names;
  enum class Purpose { tls_server, scep_requester } purpose = Purpose::tls_server;
};
// A leaf that signs itself: the server's TLS certificate for localhost, and a SCEP client's
// temporary identity.
Result<Certificate> make_self_signed(const PrivateKey& key, const SelfSignedTerms& terms,
                                     Random& random);

}  // namespace bramley
