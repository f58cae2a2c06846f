#pragma once

#include <optional>

#include "core/crypto/certificate.h"
#include "core/crypto/certificate_request.h"

namespace bramley {

// What a certificate is to say. Nothing else of the request is honoured: requested key usages,
// basic constraints and the like are ignored. The subject is copied as the DER that was asked for,
// never rebuilt.
struct IssueTerms {
  Timestamp not_before;
  Timestamp not_after;
  // 1 to 20 bytes, the first bit of the first byte clear (RFC 5280 §4.1.2.2).
  Bytes serial;
  // GeneralNames DER copied into subjectAltName, when given.
  std::optional<Bytes> subject_alternative_names;
};

// By what a CA is known again after its certificate was renewed: SHA-256 of its name and public
// key, which every chain below it holds on to.
Fingerprint authority_name_and_key(const Certificate& authority);

// Issues client identities. Safe to call from several threads.
class CertificateAuthority {
 public:
  virtual ~CertificateAuthority() = default;
  virtual const Certificate& certificate() const = 0;
  // keyUsage digitalSignature+keyEncipherment, extendedKeyUsage clientAuth, SKI and AKI; SHA-256.
  // malformed: terms or a subject that cannot be written into a certificate as they are. Whether
  // the request's signature holds is the caller's question.
  virtual Result<Certificate> issue(const CertificateRequest& request, const IssueTerms& terms) = 0;
};

}  // namespace bramley
