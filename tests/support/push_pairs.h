#pragma once

#include "core/crypto/local_certificate_authority.h"
#include "server/credentials/push_identity.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// A pair as Apple and a person make it together, but for who signed it.
inline PushIdentity make_push_pair(const std::string& topic, Timestamp not_before,
                                   Timestamp not_after,
                                   const PrivateKey& key = *PrivateKey::generate_ec_p256()) {
  SeededRandom random;
  SelfSignedTerms terms;
  terms.subject = {{"UID", topic}, {"CN", "APSP:test"}, {"C", "US"}};
  terms.not_before = not_before;
  terms.not_after = not_after;
  return {topic, *make_self_signed(key, terms, random), key};
}

inline std::string pem_of(const PrivateKey& key) {
  return std::string(key.to_pem()->reveal_text());
}

}  // namespace bramley
