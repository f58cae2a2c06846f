#pragma once

#include <string>
#include <vector>

namespace bramley {

// Which slice of a list: `after` is the cursor of the page before (empty: from the start). Keyset
// paging: cost never grows with the position.
struct PageRequest {
  std::size_t limit = 50;  // 1 to 500
  std::string after;
};
template <class T>
struct Page {
  std::vector<T> items;
  // Empty when nothing follows.
  std::string next;
};

}  // namespace bramley
