#pragma once

#include <string>
#include <vector>

namespace bramley {

// Which slice of a list: `after` is the cursor of the page before (empty: from the start). Keyset
// paging: cost never grows with the position. A list answers malformed to a cursor that is not one.
struct PageRequest {
  std::size_t limit = 50;  // 1 to 500; what is outside counts as the nearer end
  std::string after = {};
};
template <class T>
struct Page {
  std::vector<T> items;
  // Empty when nothing follows.
  std::string next;
};

}  // namespace bramley
