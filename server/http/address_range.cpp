#include "server/http/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace bramley {
namespace {

using Raw = std::array<std::uint8_t, 16>;
constexpr int mapped_bits = 96;

std::optional<Raw> raw_address(std::string_view text) {
  const std::string zero_terminated(text);
  Raw raw{};
  if (inet_pton(AF_INET6, zero_terminated.c_str(), raw.data()) == 1) {
    return raw;
  }
  raw.fill(0);
  raw[10] = 0xFF;
  raw[11] = 0xFF;
  if (inet_pton(AF_INET, zero_terminated.c_str(), raw.data() + 12) == 1) {
    return raw;
  }
  return std::nullopt;
}

Raw masked(Raw raw, int prefix) {
  for (int bit = prefix; bit < 128; ++bit) {
    auto& byte = raw[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte & ~(0x80U >> static_cast<unsigned>(bit % 8)));
  }
  return raw;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const Error error{ErrorCode::malformed,
                    "not an address range: " + std::string(text.substr(0, 64)),
                    "write it as 10.0.0.0/8, 192.168.1.7 or fd00::/8"};
  const std::size_t slash = text.find('/');
  const auto raw = raw_address(text.substr(0, slash));
  if (!raw) {
    return error;
  }
  const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  AddressRange range;
  range.address_ = *raw;
  if (slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    int bits = 0;
    const auto [end, failure] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (failure != std::errc() || end != length.data() + length.size() || bits < 0 ||
        bits > (is_v4 ? 32 : 128)) {
      return error;
    }
    range.prefix_ = is_v4 ? mapped_bits + bits : bits;
  }
  if (masked(*raw, range.prefix_) != *raw) {
    return error;
  }
  return range;
}

bool AddressRange::contains(std::string_view address) const {
  const auto raw = raw_address(address.substr(0, address.find('%')));
  return raw && masked(*raw, prefix_) == address_;
}

}  // namespace bramley
