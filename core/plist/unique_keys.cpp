#include "core/plist/unique_keys.h"

#include <algorithm>
#include <string_view>

namespace bramley {

bool has_unique_keys(const std::vector<PlistDictionary::Entry>& entries) {
  constexpr std::size_t few = 24;
  if (entries.size() <= few) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (entries[i].first == entries[j].first) {
          return false;
        }
      }
    }
    return true;
  }
  std::vector<std::string_view> keys;
  keys.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    keys.emplace_back(key);
  }
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) == keys.end();
}

}  // namespace bramley
