#include "server/store/target_list.h"

#include <cstdint>

namespace bramley {
namespace {

constexpr unsigned digit_bits = 7;
constexpr std::uint8_t more_follows = 0x80;
constexpr unsigned most_bits = 63;

Error damaged() {
  return {ErrorCode::malformed, "read targets: damaged"};
}

}  // namespace

std::string encode_targets(const std::vector<RowKey>& ascending) {
  std::string text;
  text.reserve(ascending.size() * 2);
  RowKey before = 0;
  for (const auto key : ascending) {
    auto distance = static_cast<std::uint64_t>(key - before);
    while (distance >= more_follows) {
      text.push_back(static_cast<char>((distance & (more_follows - 1U)) | more_follows));
      distance >>= digit_bits;
    }
    text.push_back(static_cast<char>(distance));
    before = key;
  }
  return text;
}

Result<std::vector<RowKey>> decode_targets(std::string_view text) {
  std::vector<RowKey> keys;
  std::uint64_t distance = 0;
  unsigned shift = 0;
  RowKey before = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint8_t>(c);
    if (shift >= most_bits) {
      return damaged();
    }
    distance |= static_cast<std::uint64_t>(digit & (more_follows - 1U)) << shift;
    if ((digit & more_follows) != 0) {
      shift += digit_bits;
      continue;
    }
    before += static_cast<RowKey>(distance);
    keys.push_back(before);
    distance = 0;
    shift = 0;
  }
  if (shift != 0) {
    return damaged();
  }
  return keys;
}

}  // namespace bramley
