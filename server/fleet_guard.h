#pragma once

#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/crypto/certificate.h"
#include "server/store/store.h"

namespace bramley {

// By what a CA is known again: as it is, and after its certificate was renewed.
struct AuthorityMark {
  std::string fingerprint;  // hex SHA-256 of the certificate
  std::string name_and_key;
};
AuthorityMark authority_mark(const Certificate& authority);

// What the server is about to be for its devices.
struct FleetClaim {
  FleetIdentity identity;
  std::vector<std::string> topics;  // that it has push certificates for; empty: it has none at all
  // All that it accepts device identities from: the SCEP CA, and what --device-ca names.
  std::vector<AuthorityMark> authorities = {};
};
enum class IdentityChange { refuse, allow };

// Devices keep the URL, the CA and the topic that they enrolled with for ever. Compares the claim
// with what the database remembers and what enrolled devices hold; conflict, naming the difference
// and how many devices would be lost, unless the change is allowed or nobody would be. A CA
// whose certificate was renewed with the same name and key is the same CA. Then remembers the
// claim; but a CA of before stays remembered while it is only accepted, so that it is missed when
// it is not accepted any more.
Status guard_fleet_identity(Store& store, const FleetClaim& claim, IdentityChange change, Log& log);

// Whether a new SCEP CA may be made: never where one issued certificates. conflict otherwise, with
// the way back.
Status may_make_authority(Store& store, IdentityChange change);

}  // namespace bramley
