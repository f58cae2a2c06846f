#include "core/catalogue/command_values.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"

namespace bramley {
namespace {

Error expected(const KeyDescription& key, std::string_view hint = {}) {
  return {ErrorCode::malformed, "expected " + std::string(key_type_in_words(key.type)),
          std::string(hint)};
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stop == end && !text.empty() ? std::optional(number)
                                                                : std::nullopt;
}

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"';
}

std::string unquoted(std::string_view text) {
  return std::string(is_quoted(text) ? text.substr(1, text.size() - 2) : text);
}

PlistValue guessed_value(std::string_view text) {
  if (is_quoted(text)) {
    return unquoted(text);
  }
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (const auto number = whole_number<std::int64_t>(text)) {
    return *number;
  }
  return text;
}

// At commas; "\," is one that belongs to an item.
std::vector<std::string> split_items(std::string_view text) {
  std::vector<std::string> items(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
      items.back() += text[++i];
    } else if (text[i] == ',') {
      items.emplace_back();
    } else {
      items.back() += text[i];
    }
  }
  std::erase(items, "");
  return items;
}

bool has_plain_items(const KeyDescription& array) {
  const KeyDescription* item = array.item();
  return item == nullptr ? array.keys.empty()
                         : item->type != KeyType::dictionary && item->type != KeyType::array;
}

Result<PlistValue> array_value(const KeyDescription& key, std::string_view text) {
  if (!has_plain_items(key)) {
    return expected(key,
                    "set what is in its items: Key[0].Sub=Value; or give a file: --data Key=FILE");
  }
  PlistArray items;
  if (is_quoted(text)) {
    TRY_ASSIGN(PlistValue value, typed_value(key.item(), unquoted(text)));
    items.push_back(std::move(value));
    return PlistValue(std::move(items));
  }
  for (const std::string& item : split_items(text)) {
    TRY_ASSIGN(PlistValue value, typed_value(key.item(), item));
    items.push_back(std::move(value));
  }
  return PlistValue(std::move(items));
}

Result<PlistValue> data_value(const KeyDescription& key, std::string_view text) {
  constexpr std::string_view mark = "base64:";
  if (!text.starts_with(mark)) {
    return expected(key, "give a file: --data Key=FILE, or the bytes: --set Key=base64:…");
  }
  auto bytes = decode_base64_lenient(text.substr(mark.size()));
  return bytes ? Result(PlistValue(*std::move(bytes)))
               : Result<PlistValue>(expected(key, "what follows base64: is not base64"));
}

Result<PlistValue> real_value(const KeyDescription& key, std::string_view text) {
  const auto number = whole_number<double>(text);
  return number ? Result(PlistValue(*number)) : Result<PlistValue>(expected(key, "as 0.5"));
}

Result<PlistValue> date_value(const KeyDescription& key, std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? Result(PlistValue(*time))
              : Result<PlistValue>(expected(key, "as 2026-11-24T03:06:13Z"));
}

}  // namespace

Result<PlistValue> typed_value(const KeyDescription* key, std::string_view text) {
  switch (key == nullptr ? KeyType::any : key->type) {
    case KeyType::string:
      return PlistValue(unquoted(text));
    case KeyType::boolean:
      return text == "true" || text == "false"
                 ? Result(PlistValue(text == "true"))
                 : Result<PlistValue>(expected(*key, "true or false"));
    case KeyType::integer: {
      const auto number = whole_number<std::int64_t>(text);
      return number ? Result(PlistValue(*number)) : Result<PlistValue>(expected(*key));
    }
    case KeyType::real:
      return real_value(*key, text);
    case KeyType::date:
      return date_value(*key, text);
    case KeyType::data:
      return data_value(*key, text);
    case KeyType::array:
      return array_value(*key, text);
    case KeyType::dictionary:
      return expected(*key, "set its keys: Key.Sub=Value; or give a file: --data Key=FILE");
    case KeyType::any:
      return guessed_value(text);
  }
  return guessed_value(text);
}

namespace {

PlistValue fit_value(const PlistValue& value, const KeyDescription& key);

std::optional<PlistValue> fit_text(const std::string& text, KeyType type) {
  if (type == KeyType::data) {
    if (auto bytes = decode_base64_lenient(text)) {
      return *std::move(bytes);
    }
  } else if (type == KeyType::date) {
    if (const auto time = parse_rfc3339(text)) {
      return *time;
    }
  }
  return std::nullopt;
}

PlistValue fit_array(const PlistArray& array, const KeyDescription& key) {
  PlistArray fitted;
  for (const PlistValue& item : array) {
    const KeyDescription* description = key.item_for(item);
    fitted.push_back(description == nullptr ? item : fit_value(item, *description));
  }
  return fitted;
}

PlistValue fit_value(const PlistValue& value, const KeyDescription& key) {
  if (const std::string* text = value.string()) {
    return fit_text(*text, key.type).value_or(value);
  }
  if (const std::int64_t* number = value.integer();
      number != nullptr && key.type == KeyType::real) {
    return static_cast<double>(*number);
  }
  if (const PlistArray* array = value.array(); array != nullptr && key.type == KeyType::array) {
    return fit_array(*array, key);
  }
  const PlistDictionary* dictionary = value.dictionary();
  return dictionary != nullptr && key.type == KeyType::dictionary
             ? PlistValue(fit_to_catalogue(*dictionary, key.keys))
             : value;
}

}  // namespace

PlistDictionary fit_to_catalogue(const PlistDictionary& parameters,
                                 const std::vector<KeyDescription>& keys) {
  std::vector<PlistDictionary::Entry> fitted;
  for (const auto& [name, value] : parameters.entries()) {
    const KeyDescription* key = find_key(keys, name);
    fitted.emplace_back(name, key == nullptr ? value : fit_value(value, *key));
  }
  return PlistDictionary(std::move(fitted));
}

}  // namespace bramley
