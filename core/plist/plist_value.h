#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"

namespace bramley {

class PlistValue;
using PlistArray = std::vector<PlistValue>;

// Keys in the order of the document; unique.
class PlistDictionary {
 public:
  using Entry = std::pair<std::string, PlistValue>;
  PlistDictionary() = default;
  PlistDictionary(std::initializer_list<Entry> entries);
  // Takes entries whose keys the caller knows to be unique: setting them one by one is quadratic.
  explicit PlistDictionary(std::vector<Entry> unique_entries);

  // Null when the key is absent.
  [[nodiscard]] const PlistValue* find(std::string_view key) const;
  // Replaces or appends.
  void set(std::string key, PlistValue value);
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  bool operator==(const PlistDictionary&) const;

 private:
  std::vector<Entry> entries_;
};

// A property list: a tree of plain values that owns itself.
class PlistValue {
 public:
  PlistValue(bool value) : content_(value) {}
  PlistValue(std::int64_t value) : content_(value) {}
  PlistValue(int value) : content_(std::int64_t{value}) {}
  // Kept as unsigned only above INT64_MAX, so that one number has one form.
  PlistValue(std::uint64_t value);
  PlistValue(double value) : content_(value) {}
  PlistValue(std::string value) : content_(std::move(value)) {}
  PlistValue(std::string_view value) : content_(std::string(value)) {}
  PlistValue(const char* value) : content_(std::string(value)) {}
  PlistValue(Bytes value) : content_(std::move(value)) {}
  PlistValue(Timestamp value) : content_(value) {}
  PlistValue(PlistArray value) : content_(std::move(value)) {}
  PlistValue(PlistDictionary value) : content_(std::move(value)) {}

  PlistValue(const PlistValue&) = default;
  PlistValue(PlistValue&&) noexcept = default;
  PlistValue& operator=(const PlistValue&) = default;
  PlistValue& operator=(PlistValue&&) noexcept = default;
  // Out of line: inlined everywhere, it is large, and g++ 12 warns of frees that cannot happen.
  ~PlistValue();

  // Null when it is of another type: nothing is converted.
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&content_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content_); }
  [[nodiscard]] const double* real() const { return std::get_if<double>(&content_); }
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&content_); }
  [[nodiscard]] const Bytes* data() const { return std::get_if<Bytes>(&content_); }
  [[nodiscard]] const Timestamp* date() const { return std::get_if<Timestamp>(&content_); }
  [[nodiscard]] const PlistArray* array() const { return std::get_if<PlistArray>(&content_); }
  [[nodiscard]] const PlistDictionary* dictionary() const {
    return std::get_if<PlistDictionary>(&content_);
  }
  // Moves the dictionary out. Precondition: it is one.
  [[nodiscard]] PlistDictionary take_dictionary() && {
    return std::get<PlistDictionary>(std::move(content_));
  }

  using Content = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, Bytes,
                               Timestamp, PlistArray, PlistDictionary>;
  [[nodiscard]] const Content& content() const { return content_; }
  bool operator==(const PlistValue&) const = default;

 private:
  Content content_;
};

}  // namespace bramley
