#pragma once

#include <initializer_list>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

// RFC 5280 §4.2: what a reader must not overlook.
enum class Criticality { optional, critical };

// RFC 5280 §4.2.1.3, as bit numbers.
enum class KeyUsage {
  digital_signature = 0,
  key_encipherment = 2,
  key_cert_sign = 5,
  crl_sign = 6,
};

// Puts a version 3 certificate together. Extensions come out in the order in which they are added;
// names and key have to be set before the extensions that are made from them.
class CertificateBuilder {
 public:
  CertificateBuilder();

  Status set_names(const X509_NAME* subject, const X509_NAME* issuer);
  Status set_serial(ByteView serial);
  Status set_validity(Timestamp not_before, Timestamp not_after);
  // The bits as they are, without a detour through a parsed key: that would cost more than the rest
  // of the certificate.
  Status set_public_key(const X509_PUBKEY* key);
  Status set_public_key(EVP_PKEY* key);

  Status add_certificate_authority_constraints(int path_length);
  Status add_end_entity_constraints();
  Status add_key_usage(std::initializer_list<KeyUsage> usages);
  Status add_extended_key_usage(int nid);
  // DER of GeneralNames. malformed: it is something else.
  Status add_subject_alternative_names(ByteView general_names);
  // SHA-1 of the key, as RFC 5280 §4.2.1.2 (1) has it.
  Status add_subject_key_identifier();
  // Repeats the issuer's subject key identifier; without an issuer, one's own.
  Status add_authority_key_identifier(const X509* issuer);

  // With SHA-256. The builder is used up.
  Result<Certificate> sign(EVP_PKEY* key);

 private:
  Status add(int nid, void* value, Criticality criticality);
  CertificateHandle certificate_;
};

}  // namespace bramley
