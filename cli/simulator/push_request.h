#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/clock.h"

namespace bramley {

// A request to APNs as it came: header names in small letters, pseudo-headers included.
struct PushRequest {
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
};

// A push that Apple would take.
struct PushNotification {
  std::string token;  // lower-case hex
  std::string topic;
  std::string magic;
  // Until when Apple keeps it for a device that is off; the epoch: not at all.
  Timestamp expiration;
};

// APNs' answer: 200, or a status with Apple's word for the reason.
struct PushAnswer {
  int status = 200;
  std::string reason = {};
  // With 410: since when the token is not valid any more.
  std::optional<Timestamp> since = std::nullopt;

  // The JSON that goes with it; empty for 200.
  [[nodiscard]] std::string body() const;
};

// Apple, "Sending notification requests to APNs" and "Handling notification responses from APNs":
// what is asked, or the refusal. `certificate_topic`: of the certificate that the connection
// presented.
std::variant<PushNotification, PushAnswer> read_push_request(const PushRequest& request,
                                                             std::string_view certificate_topic);

// Apple's limit for the body.
inline constexpr std::size_t push_body_limit = 4096;

}  // namespace bramley
