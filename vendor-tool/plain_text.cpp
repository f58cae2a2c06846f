#include "vendor-tool/plain_text.h"

#include <algorithm>

namespace bramley {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::string_view space = " \t\r\n";

std::string narrowed(ByteView content, bool big_endian) {
  std::string text;
  for (std::size_t i = 2; i + 1 < content.size(); i += 2) {
    const std::uint8_t high = content[big_endian ? i : i + 1];
    const std::uint8_t low = content[big_endian ? i + 1 : i];
    text.push_back(high == 0 ? static_cast<char>(low) : '?');
  }
  return text;
}

}  // namespace

PlainText plain_text_of(ByteView content) {
  if (content.size() >= 2 && content[0] == 0xFF && content[1] == 0xFE) {
    return {narrowed(content, false), true};
  }
  if (content.size() >= 2 && content[0] == 0xFE && content[1] == 0xFF) {
    return {narrowed(content, true), true};
  }
  const bool marked = as_text(content).starts_with(utf8_mark);
  return {to_text(content.subspan(marked ? utf8_mark.size() : 0)), marked};
}

std::string_view without_space_around(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text.substr(0, text.find_last_not_of(space) + 1);
}

std::string without_space(std::string_view text) {
  std::string dense;
  dense.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(dense),
                       [](char c) { return space.find(c) == std::string_view::npos; });
  return dense;
}

}  // namespace bramley
