#include "server/fleet_guard.h"

#include <algorithm>

#include "core/crypto/certificate_authority.h"

namespace bramley {
namespace {

std::string devices(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " enrolled device" : " enrolled devices");
}

bool is_known(const AuthorityMark& authority, const FleetIdentity& known) {
  return authority.fingerprint == known.ca_fingerprint ||
         (!known.ca_name_and_key.empty() && authority.name_and_key == known.ca_name_and_key);
}

// The accepted authority that is the CA of before; null: none is.
const AuthorityMark* accepted(const FleetClaim& claim, const FleetIdentity& known) {
  const auto found = std::ranges::find_if(
      claim.authorities, [&](const auto& authority) { return is_known(authority, known); });
  return found == claim.authorities.end() ? nullptr : &*found;
}

struct Difference {
  std::string what;
  std::string hint;
};

std::vector<Difference> differences(const FleetIdentity& known, const FleetClaim& claim,
                                    const std::vector<EnrollmentStore::TopicUse>& topics,
                                    std::int64_t enrolled) {
  std::vector<Difference> found;
  if (enrolled > 0 && !known.url.empty() && known.url != claim.identity.url) {
    found.push_back({"the public URL is " + claim.identity.url + ", but " + devices(enrolled) +
                         " would be lost: they know " + known.url,
                     "a device cannot be told another URL: start with --url " + known.url});
  }
  if (enrolled > 0 && !known.ca_fingerprint.empty() &&
      known.ca_fingerprint != claim.identity.ca_fingerprint && accepted(claim, known) == nullptr) {
    found.push_back({"the SCEP CA is not the one that " + devices(enrolled) +
                         " have their identities from (SHA-256 " + known.ca_fingerprint + ")",
                     "restore that CA, or name its certificate with --device-ca"});
  }
  for (const auto& use : topics) {
    const bool held =
        std::find(claim.topics.begin(), claim.topics.end(), use.topic) != claim.topics.end();
    if (use.enrolled > 0 && !use.topic.empty() && !claim.topics.empty() && !held) {
      found.push_back({"there is no push certificate for the topic " + use.topic + ", which " +
                           devices(use.enrolled) + " hold",
                       "renew the certificate of that topic in Apple's portal: a new one has "
                       "another topic"});
    }
  }
  return found;
}

}  // namespace

AuthorityMark authority_mark(const Certificate& authority) {
  return {authority.fingerprint().hex(), authority_name_and_key(authority).hex()};
}

Status guard_fleet_identity(Store& store, const FleetClaim& claim, IdentityChange change,
                            Log& log) {
  TRY_ASSIGN(const auto known, store.fleet_identity());
  TRY_ASSIGN(const auto topics, store.enrollments().topics_in_use());
  std::int64_t enrolled = 0;
  for (const auto& use : topics) {
    enrolled += use.enrolled;
  }
  for (const Difference& difference : differences(known, claim, topics, enrolled)) {
    if (change == IdentityChange::refuse) {
      return Error{ErrorCode::conflict, "start the server: " + difference.what,
                   difference.hint + "; or accept the loss with --allow-identity-change"};
    }
    log.warn("identity of the fleet changes", {{"difference", difference.what}});
  }
  FleetIdentity next = claim.identity;
  if (const auto* before = accepted(claim, known);
      enrolled > 0 && change == IdentityChange::refuse && before != nullptr) {
    next.ca_fingerprint = before->fingerprint;
    next.ca_name_and_key = before->name_and_key;
  }
  if (known != next) {
    TRY(store.set_fleet_identity(next));
  }
  return {};
}

Status may_make_authority(Store& store, IdentityChange change) {
  TRY_ASSIGN(const std::int64_t issued, store.certificates().count_issued());
  TRY_ASSIGN(const auto known, store.fleet_identity());
  if ((issued > 0 || !known.ca_fingerprint.empty()) && change == IdentityChange::refuse) {
    return Error{ErrorCode::conflict,
                 "start the server: the SCEP CA is gone, and " + std::to_string(issued) +
                     (issued == 1 ? " certificate was" : " certificates were") + " issued with it",
                 "restore scep-ca.pem and scep-ca.key from your backup; with "
                 "--allow-identity-change a new CA is made and every device must enroll again"};
  }
  return {};
}

}  // namespace bramley
