#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/digest.h"
#include "core/mdm/enrollment_id.h"

namespace bramley {

// Apple, "Check-in requests". Keys that we do not act on stay in CheckinMessage::raw.
struct Authenticate {
  std::string topic;
  // Empty when the device did not say (User Enrollment never does).
  std::string serial_number;
  std::string device_name;
  std::string model;
  std::string model_name;
  std::string product_name;
  std::string os_version;
  std::string build_version;
};
struct TokenUpdate {
  std::string topic;
  std::string push_magic;
  Bytes token;
  // Only when present and not empty: a later message without one must not blank it (trap 16).
  std::optional<SecretBytes> unlock_token;
  bool awaiting_configuration = false;
  // On a user channel.
  std::string user_short_name;
  std::string user_long_name;
};
struct CheckOut {};
struct UserAuthenticate {
  std::string digest_response;
};
struct SetBootstrapToken {
  // Empty or absent means: forget it.
  std::optional<SecretBytes> token;
};
struct GetBootstrapToken {};
struct DeclarativeManagement {
  std::string endpoint;
  Bytes data;
};
struct GetToken {
  std::string service_type;
};

struct CheckinMessage {
  EnrollmentId enrollment;
  std::variant<Authenticate, TokenUpdate, CheckOut, UserAuthenticate, SetBootstrapToken,
               GetBootstrapToken, DeclarativeManagement, GetToken>
      body;
  // Of the AuthToken that a user's message carries, its SHA-256; none without one.
  std::optional<Fingerprint> auth_token = {};
  // The document byte for byte. May hold device secrets: it enters storage sealed only.
  Bytes raw;
  // What followed '?' in the URL that it came to, as it came; whoever read the request sets it.
  std::string query = {};

  // "Authenticate", "TokenUpdate", …
  [[nodiscard]] std::string_view type_name() const;
};

// malformed: not a plist dictionary, no or an unknown MessageType, no enrollment id, a key of the
// wrong type, a TokenUpdate without a token.
Result<CheckinMessage> parse_checkin(ByteView document);

}  // namespace bramley
