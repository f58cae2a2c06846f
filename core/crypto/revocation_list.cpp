#include "core/crypto/revocation_list.h"

#include <openssl/x509v3.h>

#include "core/base/encoding.h"
#include "core/crypto/asn1_time.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {
namespace {

using ListHandle = CHandle<X509_CRL, X509_CRL_free>;
using RevokedHandle = CHandle<X509_REVOKED, X509_REVOKED_free>;
using EnumeratedHandle = CHandle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;

Status checked(bool done) {
  return done ? Status() : Status(openssl_error(ErrorCode::internal, "make revocation list"));
}

Result<IntegerHandle> serial_of(const std::string& hex) {
  auto bytes = decode_hex(hex);
  if (!bytes || bytes->empty()) {
    return Error{ErrorCode::malformed, "make revocation list: serial number '" + hex + "'"};
  }
  const BignumHandle number(BN_bin2bn(bytes->data(), static_cast<int>(bytes->size()), nullptr));
  IntegerHandle serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
  TRY(checked(serial != nullptr));
  return serial;
}

Result<RevokedHandle> entry_of(const Revocation& revocation) {
  TRY_ASSIGN(const IntegerHandle serial, serial_of(revocation.serial_hex));
  const TimeHandle time = make_asn1_time(revocation.revoked_at);
  RevokedHandle entry(X509_REVOKED_new());
  TRY(checked(entry != nullptr && time != nullptr &&
              X509_REVOKED_set_serialNumber(entry.get(), serial.get()) == 1 &&
              X509_REVOKED_set_revocationDate(entry.get(), time.get()) == 1));
  // RFC 5280 §5.3.1: rather no reason than "unspecified".
  if (revocation.reason != RevocationReason::unspecified) {
    const EnumeratedHandle reason(ASN1_ENUMERATED_new());
    TRY(checked(reason != nullptr &&
                ASN1_ENUMERATED_set(reason.get(), static_cast<long>(revocation.reason)) == 1 &&
                X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) == 1));
  }
  return entry;
}

Status add_number(X509_CRL* list, Timestamp time) {
  const IntegerHandle number(ASN1_INTEGER_new());
  return checked(number != nullptr &&
                 ASN1_INTEGER_set_int64(number.get(), time.time_since_epoch().count()) == 1 &&
                 X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, 0) == 1);
}

// RFC 5280 §5.2.1. Names the issuer's key, where its certificate does.
Status add_issuer_key(X509_CRL* list, const X509* issuer) {
  const ASN1_OCTET_STRING* key = X509_get0_subject_key_id(const_cast<X509*>(issuer));
  if (key == nullptr) {
    forget_openssl_errors();
    return {};
  }
  const AuthorityKeyIdHandle id(AUTHORITY_KEYID_new());
  TRY(checked(id != nullptr && (id->keyid = ASN1_OCTET_STRING_dup(key)) != nullptr));
  return checked(X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, id.get(), 0, 0) == 1);
}

Status describe(X509_CRL* list, const X509* issuer, const RevocationListTerms& terms) {
  constexpr long version_2 = 1;
  const TimeHandle now = make_asn1_time(terms.this_update);
  const TimeHandle next = make_asn1_time(terms.next_update);
  TRY(checked(X509_CRL_set_version(list, version_2) == 1 &&
              X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)) == 1 &&
              now != nullptr && next != nullptr && X509_CRL_set1_lastUpdate(list, now.get()) == 1 &&
              X509_CRL_set1_nextUpdate(list, next.get()) == 1));
  TRY(add_issuer_key(list, issuer));
  return add_number(list, terms.this_update);
}

}  // namespace

Result<Bytes> make_revocation_list(const LocalCertificateAuthority& authority,
                                   std::span<const Revocation> revocations,
                                   const RevocationListTerms& terms) {
  const ListHandle list(X509_CRL_new());
  TRY(checked(list != nullptr));
  TRY(describe(list.get(), authority.certificate().native(), terms));
  for (const Revocation& revocation : revocations) {
    TRY_ASSIGN(RevokedHandle entry, entry_of(revocation));
    TRY(checked(X509_CRL_add0_revoked(list.get(), entry.get()) == 1));
    static_cast<void>(entry.release());  // the list's
  }
  TRY(checked(X509_CRL_sort(list.get()) == 1 &&
              X509_CRL_sign(list.get(), authority.key().native(), EVP_sha256()) > 0));
  return encode_der<i2d_X509_CRL>(list.get());
}

}  // namespace bramley
