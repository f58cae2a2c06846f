#include "core/plist/plist_value.h"

#include <algorithm>
#include <limits>

namespace bramley {

PlistDictionary::PlistDictionary(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) {
    set(entry.first, entry.second);
  }
}

PlistDictionary::PlistDictionary(std::vector<Entry> unique_entries)
    : entries_(std::move(unique_entries)) {}

const PlistValue* PlistDictionary::find(std::string_view key) const {
  const auto found =
      std::ranges::find_if(entries_, [key](const Entry& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

void PlistDictionary::set(std::string key, PlistValue value) {
  const auto found =
      std::ranges::find_if(entries_, [&key](const Entry& entry) { return entry.first == key; });
  if (found != entries_.end()) {
    found->second = std::move(value);
  } else {
    entries_.emplace_back(std::move(key), std::move(value));
  }
}

bool PlistDictionary::empty() const {
  return entries_.empty();
}

std::size_t PlistDictionary::size() const {
  return entries_.size();
}

bool PlistDictionary::operator==(const PlistDictionary& other) const {
  return entries_ == other.entries_;
}

PlistValue::~PlistValue() = default;

PlistValue::PlistValue(std::uint64_t value) : content_(value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    content_ = static_cast<std::int64_t>(value);
  }
}

}  // namespace bramley
