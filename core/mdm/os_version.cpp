#include "core/mdm/os_version.h"

#include <charconv>

namespace bramley {

std::optional<OsVersion> OsVersion::parse(std::string_view text) {
  text = text.substr(0, text.find(' '));
  OsVersion version;
  for (std::uint32_t& number : version.numbers_) {
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc()) {
      return std::nullopt;
    }
    if (stop == end) {
      return version;
    }
    if (*stop != '.') {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(stop + 1 - text.data()));
  }
  return std::nullopt;
}

std::string OsVersion::text() const {
  std::size_t count = numbers_.size();
  while (count > 2 && numbers_.at(count - 1) == 0) {
    --count;
  }
  std::string text = std::to_string(numbers_.front());
  for (std::size_t i = 1; i < count; ++i) {
    text += "." + std::to_string(numbers_.at(i));
  }
  return text;
}

}  // namespace bramley
