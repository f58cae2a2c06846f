#pragma once

#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/net/http_batch_client.h"

namespace bramley {

// What became of one notification.
struct PushAnswer {
  enum class Kind {
    sent,             // Apple took it, and delivers it when the device can be reached
    unregistered,     // 410: the token is no longer good, and was not from `unregistered_at` on
    bad_token,        // the token is none, or not one of this topic or of this Apple
    too_many,         // 429: too many for this device of late
    certificate,      // no certificate for the topic, or Apple refuses it
    refused,          // Apple refuses the request: a fault of ours, or no Apple at that address
    server_trouble,   // 5xx
    no_connection,    // nothing reached Apple
    connection_lost,  // no answer before the connection ended; it may have been sent
    late,             // no answer in time; it may have been sent
  };
  Kind kind = Kind::refused;
  // Apple's id (`apns-id`) of one that was sent; may be empty.
  std::string notification_id = {};
  // Why it was not sent, for people.
  std::string problem = {};
  // With `unregistered`, when Apple said: to the second.
  std::optional<Timestamp> unregistered_at = {};
};
inline constexpr std::size_t push_answer_kinds = 10;
// "sent", "unregistered", …: as counters are named.
std::string_view push_answer_name(PushAnswer::Kind kind);

// Reads what Apple's push service answered ("Handling notification responses from APNs"). Whatever
// came, it means something: a body that is no JSON only lacks a reason.
PushAnswer read_push_answer(const BatchAnswer& answer);

}  // namespace bramley
