#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bramley {

// "a, b, c"
template <class Texts>
std::string join(const Texts& texts, std::string_view between) {
  std::string joined;
  bool first = true;
  for (const auto& text : texts) {
    joined.append(first ? std::string_view() : between).append(text);
    first = false;
  }
  return joined;
}

// The parts between separators; none is empty. They are the text's own bytes.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace bramley
