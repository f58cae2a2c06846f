#include "core/scep/scep_attributes.h"

#include <algorithm>

namespace bramley {

SignedAttribute scep_text(std::string_view oid, std::string_view text) {
  return {std::string(oid), SignedAttribute::Kind::printable_string, to_bytes(text)};
}

SignedAttribute scep_utf8(std::string_view oid, std::string_view text) {
  return {std::string(oid), SignedAttribute::Kind::utf8_string, to_bytes(text)};
}

SignedAttribute scep_octets(std::string_view oid, ByteView octets) {
  return {std::string(oid), SignedAttribute::Kind::octet_string, to_bytes(octets)};
}

std::optional<std::string> read_scep_text(const SignedMessage& message, std::string_view oid) {
  constexpr std::size_t limit = 255;
  const SignedAttribute* attribute = message.attribute(oid);
  if (attribute == nullptr || attribute->kind == SignedAttribute::Kind::octet_string ||
      attribute->value.empty() || attribute->value.size() > limit) {
    return std::nullopt;
  }
  const bool printable = std::all_of(attribute->value.begin(), attribute->value.end(),
                                     [](std::uint8_t c) { return c >= ' ' && c <= '~'; });
  return printable ? std::optional(to_text(attribute->value)) : std::nullopt;
}

std::optional<int> read_scep_number(const SignedMessage& message, std::string_view oid) {
  constexpr std::size_t most_digits = 4;
  const auto text = read_scep_text(message, oid);
  if (!text || text->size() > most_digits) {
    return std::nullopt;
  }
  int number = 0;
  for (const char c : *text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<Bytes> read_scep_nonce(const SignedMessage& message, std::string_view oid) {
  constexpr std::size_t limit = 64;
  const SignedAttribute* attribute = message.attribute(oid);
  if (attribute == nullptr || attribute->kind != SignedAttribute::Kind::octet_string ||
      attribute->value.empty() || attribute->value.size() > limit) {
    return std::nullopt;
  }
  return attribute->value;
}

}  // namespace bramley
