#pragma once

// Private to vendor-tool.

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace bramley {

// What editors and mail programs do to a text file, undone: the text without a byte order mark,
// UTF-16 made narrow (what is beyond Latin letters becomes '?').
struct PlainText {
  std::string content;
  bool byte_order_mark = false;
};
PlainText plain_text_of(ByteView content);

// Without white space at both ends, and without any.
std::string_view without_space_around(std::string_view text);
std::string without_space(std::string_view text);

}  // namespace bramley
