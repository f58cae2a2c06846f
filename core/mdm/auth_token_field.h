#pragma once

#include <optional>

#include "core/crypto/digest.h"
#include "core/plist/plist_fields.h"

namespace bramley {

// The AuthToken of a user's message as its SHA-256, so that the secret is held nowhere; none
// without one. malformed: it is no string.
inline Result<std::optional<Fingerprint>> auth_token_field(const PlistDictionary& message) {
  TRY_ASSIGN(const auto token, string_field(message, "AuthToken"));
  return token.empty() ? std::nullopt : std::optional(sha256(as_bytes(token)));
}

}  // namespace bramley
