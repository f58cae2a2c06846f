#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

template <class T>
Result<T> field(const PlistDictionary& dictionary, std::string_view key,
                const T* (PlistValue::*typed)() const, T absent, const char* type) {
  const PlistValue* const value = dictionary.find(key);
  if (value == nullptr) {
    return absent;
  }
  const T* const content = (value->*typed)();
  if (content == nullptr) {
    return Error{ErrorCode::malformed, std::string(key) + ": not " + type};
  }
  return *content;
}

}  // namespace

Result<std::string> string_field(const PlistDictionary& dictionary, std::string_view key) {
  return field(dictionary, key, &PlistValue::string, std::string(), "a string");
}

Result<Bytes> data_field(const PlistDictionary& dictionary, std::string_view key) {
  return field(dictionary, key, &PlistValue::data, Bytes(), "data");
}

Result<bool> boolean_field(const PlistDictionary& dictionary, std::string_view key) {
  return field(dictionary, key, &PlistValue::boolean, false, "a boolean");
}

Result<std::int64_t> integer_field(const PlistDictionary& dictionary, std::string_view key,
                                   std::int64_t absent) {
  return field(dictionary, key, &PlistValue::integer, absent, "an integer");
}

}  // namespace bramley
