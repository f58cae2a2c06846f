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

// A property list: a tree of plain values that owns itself. libplist stays inside this folder.
class PlistValue {
 public:
  PlistValue(bool value) : content_(value) {}
  PlistValue(std::int64_t value) : content_(value) {}
  PlistValue(int value) : content_(std::int64_t{value}) {}
  PlistValue(std::uint64_t value)
      : content_(value) {}  // only for values above INT64_MAX; others become int64
  PlistValue(double value) : content_(value) {}
  PlistValue(std::string value) : content_(std::move(value)) {}
  PlistValue(std::string_view value) : content_(std::string(value)) {}
  PlistValue(const char* value) : content_(std::string(value)) {}
  PlistValue(Bytes value) : content_(std::move(value)) {}
  PlistValue(Timestamp value) : content_(value) {}
  PlistValue(PlistArray value) : content_(std::move(value)) {}
  PlistValue(PlistDictionary value) : content_(std::move(value)) {}

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

  using Content = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, Bytes,
                               Timestamp, PlistArray, PlistDictionary>;
  [[nodiscard]] const Content& content() const { return content_; }
  bool operator==(const PlistValue&) const = default;

 private:
  Content content_;
};

}  // namespace bramley
