#include "core/base/encoding.h"

#include <array>

namespace bramley {
namespace {

constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::int8_t not_a_letter = -1;

constexpr std::array<std::int8_t, 256> letter_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(not_a_letter);
  for (std::size_t i = 0; i < base64_letters.size(); ++i) {
    values[static_cast<std::uint8_t>(base64_letters[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr std::array<std::int8_t, 256> base64_values = letter_values();

std::string encode_sextets(ByteView bytes, std::string_view letters) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t gathered = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    gathered = (gathered << 8U) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(letters[(gathered >> bits) & 0x3FU]);
    }
  }
  if (bits > 0) {
    text.push_back(letters[(gathered << (6U - bits)) & 0x3FU]);
  }
  return text;
}

// `text` is letters only, without padding.
Result<Bytes> decode_sextets(std::string_view text) {
  if (text.size() % 4 == 1) {
    return Error{ErrorCode::malformed, "base64 of an impossible length"};
  }
  Bytes bytes(text.size() * 3 / 4);
  std::uint8_t* out = bytes.data();
  std::uint32_t gathered = 0;
  unsigned bits = 0;
  int seen = 0;  // negative as soon as one letter was none
  for (const char letter : text) {
    const std::int8_t value = base64_values[static_cast<std::uint8_t>(letter)];
    seen |= value;
    gathered = (gathered << 6U) | (static_cast<std::uint32_t>(value) & 0x3FU);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *out++ = static_cast<std::uint8_t>((gathered >> bits) & 0xFFU);
    }
  }
  if (seen < 0) {
    return Error{ErrorCode::malformed, "not base64"};
  }
  if ((gathered & ((1U << bits) - 1U)) != 0) {
    return Error{ErrorCode::malformed, "base64 with stray bits at its end"};
  }
  return bytes;
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  if (digit >= 'A' && digit <= 'F') {
    return digit - 'A' + 10;
  }
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// The length of the well-formed UTF-8 sequence at the start of `text`, or 0 (Unicode, table 3-7).
std::size_t utf8_sequence(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto continues = [&](std::size_t i, std::uint8_t low, std::uint8_t high) {
    return i < text.size() && at(i) >= low && at(i) <= high;
  };
  const std::uint8_t first = at(0);
  if (first < 0x80) {
    return first == 0 ? 0 : 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return continues(1, 0x80, 0xBF) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const std::uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const std::uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string encode_hex(ByteView bytes, HexCase letters) {
  const std::string_view digits =
      letters == HexCase::lower ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 0x0FU]);
  }
  return text;
}

Result<Bytes> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return Error{ErrorCode::malformed, "hex of an odd length"};
  }
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return Error{ErrorCode::malformed, "not hex"};
    }
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string encode_base64(ByteView bytes) {
  std::string text = encode_sextets(bytes, base64_letters);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string encode_base64url(ByteView bytes) {
  return encode_sextets(bytes, base64url_letters);
}

Result<Bytes> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return Error{ErrorCode::malformed, "base64 without its padding"};
  }
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
    text.remove_suffix(1);
  }
  return decode_sextets(text);
}

Result<Bytes> decode_base64_lenient(std::string_view text) {
  std::string letters;
  letters.reserve(text.size());
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      continue;
    }
    letters.push_back(c == '-' ? '+' : (c == '_' ? '/' : c));
  }
  for (int i = 0; i < 2 && !letters.empty() && letters.back() == '='; ++i) {
    letters.pop_back();
  }
  return decode_sextets(letters);
}

Result<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Error{ErrorCode::malformed, "bad percent-encoding"};
    }
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::string encode_percent(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      encoded += "%" + encode_hex(ByteView(&byte, 1), HexCase::upper);
    }
  }
  return encoded;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace bramley
