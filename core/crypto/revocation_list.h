#pragma once

#include <span>
#include <string>

#include "core/crypto/local_certificate_authority.h"

namespace bramley {

// RFC 5280 §5.3.1, those that the owner of an identity can have; the numbers are the standard's.
enum class RevocationReason {
  unspecified = 0,
  key_compromise = 1,
  affiliation_changed = 3,
  superseded = 4,
  cessation_of_operation = 5,
  privilege_withdrawn = 9,
};

struct Revocation {
  std::string serial_hex = {};
  Timestamp revoked_at = {};
  RevocationReason reason = RevocationReason::unspecified;
};

struct RevocationListTerms {
  Timestamp this_update;
  Timestamp next_update;
};

// A version 2 CRL (RFC 5280 §5) in DER, signed with the CA's key and SHA-256; its number is
// this_update in seconds, which grows on every server of a fleet alike. malformed: a serial number
// that is none.
Result<Bytes> make_revocation_list(const LocalCertificateAuthority& authority,
                                   std::span<const Revocation> revocations,
                                   const RevocationListTerms& terms);

}  // namespace bramley
