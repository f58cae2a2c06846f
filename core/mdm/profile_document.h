#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/signed_message.h"

namespace bramley {

// A configuration profile as it comes: a property list, alone or in a CMS signature.
struct ProfileDocument {
  Bytes content;                           // the property list, not looked at yet
  std::optional<SignedMessage> signature;  // none: it is not signed
};

// Whether it begins as CMS does, in DER or BER. Nothing is checked.
bool looks_signed(ByteView profile);

// Takes the signature off. malformed: CMS, but no signed data with its content inside; or CMS in
// PEM or S/MIME, which devices do not read, with the way out as the hint. unauthenticated: the
// signature does not hold. Whose it is is not judged.
Result<ProfileDocument> open_profile(ByteView profile);

}  // namespace bramley
