// Reads documents from standard input, each after its length in four big-endian bytes, and writes a
// line for each: its tree in a form that another program can make too, or "refused". For
// plistlib_agreement_test.py.
#include <cinttypes>
#include <cstdio>
#include <string>

#include "core/base/encoding.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

std::string dump(const PlistValue& value);

std::string dump_content(bool value) {
  return value ? "T" : "F";
}
std::string dump_content(std::int64_t value) {
  return "i" + std::to_string(value);
}
std::string dump_content(std::uint64_t value) {
  return "i" + std::to_string(value);
}
std::string dump_content(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "r%.17g", value);
  return text;
}
std::string dump_content(const std::string& value) {
  return "s" + encode_hex(as_bytes(value));
}
std::string dump_content(const Bytes& value) {
  return "b" + encode_hex(value);
}
std::string dump_content(Timestamp value) {
  return "d" + std::to_string(value.time_since_epoch().count());
}
std::string dump_content(const PlistArray& values) {
  std::string text = "[";
  for (const PlistValue& value : values) {
    text += dump(value) + ",";
  }
  return text + "]";
}
std::string dump_content(const PlistDictionary& dictionary) {
  std::string text = "{";
  for (const auto& [key, value] : dictionary.entries()) {
    text += encode_hex(as_bytes(key)) + ":" + dump(value) + ",";
  }
  return text + "}";
}

std::string dump(const PlistValue& value) {
  return std::visit([](const auto& content) { return dump_content(content); }, value.content());
}

bool read_exactly(Bytes& bytes) {
  return std::fread(bytes.data(), 1, bytes.size(), stdin) == bytes.size();
}

int dump_all() {
  Bytes length(4);
  while (read_exactly(length)) {
    std::size_t size = 0;
    for (const std::uint8_t byte : length) {
      size = size * 256 + byte;
    }
    Bytes document(size);
    if (!read_exactly(document)) {
      return 1;
    }
    const auto value = parse_plist(document);
    std::puts(value ? dump(*value).c_str() : ("refused: " + value.error().message).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace bramley

int main() {
  return bramley::dump_all();
}
