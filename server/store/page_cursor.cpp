#include "server/store/page_cursor.h"

#include <algorithm>
#include <charconv>

namespace bramley {
namespace {

Error bad_cursor() {
  return {ErrorCode::malformed, "read page: not a cursor of this list"};
}

Result<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return bad_cursor();
  }
  return value;
}

}  // namespace

std::size_t page_limit(const PageRequest& page) {
  return std::clamp<std::size_t>(page.limit, 1, 500);
}

std::string format_cursor(const PageCursor& cursor) {
  return std::to_string(cursor.first) + "." + std::to_string(cursor.second);
}

Result<PageCursor> parse_cursor(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    return bad_cursor();
  }
  PageCursor cursor;
  TRY_ASSIGN(cursor.first, parse_number(text.substr(0, dot)));
  TRY_ASSIGN(cursor.second, parse_number(text.substr(dot + 1)));
  return cursor;
}

}  // namespace bramley
