#pragma once

#include <array>
#include <compare>
#include <functional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

// SHA-256 of something; of a certificate's whole DER it is what identifies it everywhere here.
struct Fingerprint {
  std::array<std::uint8_t, 32> bytes{};

  // 64 lower-case hex digits, as NanoMDM stores it.
  [[nodiscard]] std::string hex() const;
  // malformed: not 64 hex digits.
  static Result<Fingerprint> from_hex(std::string_view text);

  auto operator<=>(const Fingerprint&) const = default;
};

Fingerprint sha256(ByteView data);
Bytes hmac_sha256(ByteView key, ByteView data);

// Takes as long for any two inputs of one length (CRYPTO_memcmp); lengths are not secret.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace bramley

template <>
struct std::hash<bramley::Fingerprint> {
  std::size_t operator()(const bramley::Fingerprint& fingerprint) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i) {
      value = (value << 8U) | fingerprint.bytes[i];
    }
    return value;
  }
};
