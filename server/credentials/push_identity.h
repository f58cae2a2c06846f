#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/key_material.h"

namespace bramley {

// A push certificate and the key that APNs wants to see used with it.
struct PushIdentity {
  std::string topic;
  Certificate certificate;
  std::optional<PrivateKey> key;  // its own; none: not found
};

// The first of the keys that is the certificate's.
std::optional<PrivateKey> key_of(const Certificate& certificate,
                                 const std::vector<PrivateKey>& keys);

// Every push certificate of what a file held, each with its key when that is there too;
// certificates of other kinds beside them (a chain) are passed over. malformed, with a hint: none,
// and what there is instead.
Result<std::vector<PushIdentity>> push_identities(const KeyMaterial& material);

// Why it cannot push at `now` ("it expired on …"); empty when it can.
std::string push_fault(const PushIdentity& identity, Timestamp now);

}  // namespace bramley
