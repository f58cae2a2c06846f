#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// An IPv4 or IPv6 range in CIDR form ("10.0.0.0/8", "::1"; without a length: one address).
class AddressRange {
 public:
  // malformed: not an address, a length out of range, or bits set beyond the length.
  static Result<AddressRange> parse(std::string_view text);
  // `address` in numeric form; an IPv4-mapped IPv6 address counts as IPv4. False for what is no
  // address.
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  std::array<std::uint8_t, 16> address_{};  // IPv4 as its IPv6 mapping
  int prefix_ = 128;
};

}  // namespace bramley
