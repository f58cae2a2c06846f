#include "core/crypto/certificate_builder.h"

#include <openssl/evp.h>

#include <array>

#include "core/crypto/asn1_time.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/quick_parsing.h"

namespace bramley {

namespace {

constexpr std::size_t longest_serial = 20;

Status checked(bool done) {
  if (!done) {
    return openssl_error(ErrorCode::internal, "make certificate");
  }
  return {};
}

OctetStringHandle octet_string(ByteView bytes) {
  OctetStringHandle string(ASN1_OCTET_STRING_new());
  if (string != nullptr &&
      ASN1_OCTET_STRING_set(string.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
    string.reset();
  }
  return string;
}

OctetStringHandle key_identifier(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_pubkey_digest(certificate, EVP_sha1(), digest.data(), &size) != 1) {
    return nullptr;
  }
  return octet_string(ByteView(digest.data(), size));
}

}  // namespace

CertificateBuilder::CertificateBuilder() : certificate_(X509_new()) {
  X509_set_version(certificate_.get(), X509_VERSION_3);
}

Status CertificateBuilder::set_names(const X509_NAME* subject, const X509_NAME* issuer) {
  return checked(X509_set_subject_name(certificate_.get(), subject) == 1 &&
                 X509_set_issuer_name(certificate_.get(), issuer) == 1);
}

Status CertificateBuilder::set_serial(ByteView serial) {
  if (serial.empty() || serial.size() > longest_serial || (serial.front() & 0x80U) != 0) {
    return Error{ErrorCode::malformed, "make certificate: serial of 1 to 20 bytes, positive"};
  }
  const BignumHandle number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  const IntegerHandle integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
  return checked(integer != nullptr &&
                 X509_set_serialNumber(certificate_.get(), integer.get()) == 1);
}

Status CertificateBuilder::set_validity(Timestamp not_before, Timestamp not_after) {
  if (not_before > not_after) {
    return Error{ErrorCode::malformed, "make certificate: it would end before it begins"};
  }
  const TimeHandle begin = make_asn1_time(not_before);
  const TimeHandle end = make_asn1_time(not_after);
  return checked(begin != nullptr && end != nullptr &&
                 X509_set1_notBefore(certificate_.get(), begin.get()) == 1 &&
                 X509_set1_notAfter(certificate_.get(), end.get()) == 1);
}

Status CertificateBuilder::set_public_key(const X509_PUBKEY* key) {
  const KeyHandle read = read_public_key(key);
  if (read == nullptr) {
    return openssl_error(ErrorCode::malformed, "make certificate: its public key");
  }
  return set_public_key(read.get());
}

Status CertificateBuilder::set_public_key(EVP_PKEY* key) {
  return checked(X509_set_pubkey(certificate_.get(), key) == 1);
}

Status CertificateBuilder::add(int nid, void* value, Criticality criticality) {
  return checked(X509_add1_ext_i2d(certificate_.get(), nid, value,
                                   criticality == Criticality::critical ? 1 : 0,
                                   X509V3_ADD_APPEND) == 1);
}

Status CertificateBuilder::add_certificate_authority_constraints(int path_length) {
  const BasicConstraintsHandle constraints(BASIC_CONSTRAINTS_new());
  IntegerHandle length(ASN1_INTEGER_new());
  if (constraints == nullptr || length == nullptr ||
      ASN1_INTEGER_set_int64(length.get(), path_length) != 1) {
    return checked(false);
  }
  // As DER writes TRUE (X.690 §11.1): OpenSSL encodes this byte as it is.
  constraints->ca = 0xff;
  constraints->pathlen = length.release();
  return add(NID_basic_constraints, constraints.get(), Criticality::critical);
}

Status CertificateBuilder::add_end_entity_constraints() {
  const BasicConstraintsHandle constraints(BASIC_CONSTRAINTS_new());
  return add(NID_basic_constraints, constraints.get(), Criticality::critical);
}

Status CertificateBuilder::add_key_usage(std::initializer_list<KeyUsage> usages) {
  const BitStringHandle bits(ASN1_BIT_STRING_new());
  for (const KeyUsage usage : usages) {
    ASN1_BIT_STRING_set_bit(bits.get(), static_cast<int>(usage), 1);
  }
  return add(NID_key_usage, bits.get(), Criticality::critical);
}

Status CertificateBuilder::add_extended_key_usage(int nid) {
  const ExtendedKeyUsageHandle usage(EXTENDED_KEY_USAGE_new());
  // The object is OpenSSL's own, static one: freeing it does nothing.
  if (usage == nullptr || sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(nid)) <= 0) {
    return checked(false);
  }
  return add(NID_ext_key_usage, usage.get(), Criticality::optional);
}

Status CertificateBuilder::add_subject_alternative_names(ByteView general_names) {
  const unsigned char* end = general_names.data();
  const GeneralNamesHandle parsed(
      d2i_GENERAL_NAMES(nullptr, &end, static_cast<long>(general_names.size())));
  if (parsed == nullptr || end != general_names.data() + general_names.size()) {
    forget_openssl_errors();
    return Error{ErrorCode::malformed, "make certificate: malformed subject alternative names"};
  }
  // RFC 5280 §4.2.1.6: critical when the subject is empty.
  const X509_NAME* subject = X509_get_subject_name(certificate_.get());
  const int critical = X509_NAME_entry_count(subject) == 0 ? 1 : 0;
  const OctetStringHandle value = octet_string(general_names);
  const CHandle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, critical, value.get()));
  return checked(extension != nullptr &&
                 X509_add_ext(certificate_.get(), extension.get(), -1) == 1);
}

Status CertificateBuilder::add_subject_key_identifier() {
  const OctetStringHandle identifier = key_identifier(certificate_.get());
  if (identifier == nullptr) {
    return checked(false);
  }
  return add(NID_subject_key_identifier, identifier.get(), Criticality::optional);
}

Status CertificateBuilder::add_authority_key_identifier(const X509* issuer) {
  const AuthorityKeyIdHandle authority(AUTHORITY_KEYID_new());
  const ASN1_OCTET_STRING* known =
      issuer == nullptr ? nullptr : X509_get0_subject_key_id(const_cast<X509*>(issuer));
  OctetStringHandle identifier =
      known != nullptr ? OctetStringHandle(ASN1_OCTET_STRING_dup(known))
                       : key_identifier(issuer != nullptr ? issuer : certificate_.get());
  if (authority == nullptr || identifier == nullptr) {
    return checked(false);
  }
  authority->keyid = identifier.release();
  return add(NID_authority_key_identifier, authority.get(), Criticality::optional);
}

Result<Certificate> CertificateBuilder::sign(EVP_PKEY* key) {
  if (X509_sign(certificate_.get(), key, EVP_sha256()) <= 0) {
    return openssl_error(ErrorCode::internal, "sign certificate");
  }
  // Parsed anew, so that what is handed out is what everybody else will read.
  return Certificate::from_der(encode_der<i2d_X509>(certificate_.get()));
}

}  // namespace bramley
