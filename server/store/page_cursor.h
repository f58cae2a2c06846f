#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "server/store/page.h"

namespace bramley {

// How many items a page may have, whatever was asked for.
std::size_t page_limit(const PageRequest& page);

// A cursor of lists that are ordered by two numbers: "FIRST.SECOND".
struct PageCursor {
  std::int64_t first = 0;
  std::int64_t second = 0;
};
std::string format_cursor(const PageCursor& cursor);
// malformed: anything that format_cursor does not write.
Result<PageCursor> parse_cursor(std::string_view text);

// Cuts `items`, which hold one more than the page when more follows, to `limit`, and sets the
// cursor from the last one that stays.
template <class T, class CursorOf>
Page<T> cut_page(std::vector<T> items, std::size_t limit, const CursorOf& cursor_of) {
  Page<T> page;
  if (items.size() > limit) {
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
    page.next = cursor_of(items.back());
  }
  page.items = std::move(items);
  return page;
}

}  // namespace bramley
