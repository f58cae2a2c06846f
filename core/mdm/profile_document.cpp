#include "core/mdm/profile_document.h"

namespace bramley {
namespace {

constexpr std::uint8_t der_sequence = 0x30;

}  // namespace

bool looks_signed(ByteView profile) {
  return !profile.empty() && profile.front() == der_sequence;
}

Result<ProfileDocument> open_profile(ByteView profile) {
  if (looks_signed(profile)) {
    TRY_ASSIGN(auto message, SignedMessage::verify(profile));
    Bytes content = message.content();
    return ProfileDocument{std::move(content), std::move(message)};
  }
  const std::string_view text = as_text(profile);
  for (const std::string_view start : {"-----BEGIN ", "MIME-Version:", "Content-Type:"}) {
    if (text.starts_with(start)) {
      return Error{ErrorCode::malformed, "signed, but as text (PEM or S/MIME)",
                   "devices read DER only: openssl smime -sign -nodetach -outform der"};
    }
  }
  return ProfileDocument{to_bytes(profile), std::nullopt};
}

}  // namespace bramley
