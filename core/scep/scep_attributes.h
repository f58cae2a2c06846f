#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/crypto/signed_message.h"

namespace bramley {

// The signed attributes of a pkiMessage (RFC 8894 §3.2.1).
inline constexpr std::string_view scep_message_type_oid = "2.16.840.1.113733.1.9.2";
inline constexpr std::string_view scep_pki_status_oid = "2.16.840.1.113733.1.9.3";
inline constexpr std::string_view scep_fail_info_oid = "2.16.840.1.113733.1.9.4";
inline constexpr std::string_view scep_sender_nonce_oid = "2.16.840.1.113733.1.9.5";
inline constexpr std::string_view scep_recipient_nonce_oid = "2.16.840.1.113733.1.9.6";
inline constexpr std::string_view scep_transaction_id_oid = "2.16.840.1.113733.1.9.7";
inline constexpr std::string_view scep_fail_info_text_oid = "1.3.6.1.5.5.7.24.1";

// Apple takes messageType and pkiStatus as PrintableString only (scep-dep trap 8).
SignedAttribute scep_text(std::string_view oid, std::string_view text);
SignedAttribute scep_utf8(std::string_view oid, std::string_view text);
SignedAttribute scep_octets(std::string_view oid, ByteView octets);

// A PrintableString (or UTF8String, which some send) of 1 to 255 printable ASCII characters.
std::optional<std::string> read_scep_text(const SignedMessage& message, std::string_view oid);
// The same as a decimal number of up to four digits.
std::optional<int> read_scep_number(const SignedMessage& message, std::string_view oid);
// An OCTET STRING of 1 to 64 bytes.
std::optional<Bytes> read_scep_nonce(const SignedMessage& message, std::string_view oid);

}  // namespace bramley
