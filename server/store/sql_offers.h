#pragma once

#include <optional>

#include "server/store/offer_buffer.h"
#include "server/store/sql_queue.h"

namespace bramley {

// Which command an enrollment is given next. Private to the folder.

// The next command, its plist still sealed.
struct SealedCommand {
  std::string uuid;
  std::string request_type;
  std::string sealed;
};
struct SealedOffer {
  SealedCommand command;
  OfferBuffer::Offer offer;
};

// What a poll finds without writing.
struct Glance {
  // What waits can be handed out as it is.
  std::optional<SealedOffer> offer;
  bool nothing_waits = false;
  // Something has to be settled or moved first.
  bool must_write = false;
  // A NotNow of the last conversation holds something back.
  bool holds = false;
};
Glance glance_at_queue(SqlConnection& sql, const OfferBuffer& offers, SqlNumber enrollment_key,
                       SqlNumber now);

enum class Parked { left_out, included };
// The next command that is not held. Settles what has expired before it, and moves what is stuck
// out of its way.
std::optional<SealedOffer> next_offer(WriteTransaction& transaction, const OfferBuffer& offers,
                                      SqlNumber enrollment_key, Parked parked, SqlNumber now);

// Lets go of what a NotNow holds back: a new conversation begins.
void release_held(WriteTransaction& transaction, SqlNumber enrollment_key);

}  // namespace bramley
