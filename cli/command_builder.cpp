#include "cli/command_builder.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/input.h"

namespace bramley {
namespace {

constexpr std::array<std::string_view, 5> list_keys = {"FilterExtensionPoints", "Identifiers",
                                                       "Items", "KextPaths", "Queries"};
constexpr std::array<std::string_view, 12> text_keys = {
    "CurrentPassword", "Footnote",     "GUID",        "Message",        "NewPassword", "PIN",
    "Password",        "PersistentID", "PhoneNumber", "RedemptionCode", "UserName",    "Version"};

// As much as the server takes in a command.
constexpr std::size_t data_file_limit = std::size_t{32} << 20U;

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

PlistArray split_list(const std::string& text) {
  PlistArray items;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    if (comma > start) {
      items.emplace_back(text.substr(start, comma - start));
    }
    start = comma + 1;
  }
  return items;
}

Status put(PlistDictionary& parameters, const std::string& key, PlistValue value) {
  if (key == "RequestType" || key == "CommandUUID") {
    return Error{ErrorCode::malformed,
                 key + " cannot be set: it is given, or made, by the command"};
  }
  if (parameters.find(key) != nullptr) {
    return Error{ErrorCode::malformed, key + " is given twice"};
  }
  parameters.set(key, std::move(value));
  return {};
}

}  // namespace

Result<KeyedText> parse_keyed_text(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{ErrorCode::malformed, "'" + argument.substr(0, equals) + "' is not Key=Value"};
  }
  return KeyedText{argument.substr(0, equals), argument.substr(equals + 1)};
}

PlistValue set_value(std::string_view key, const std::string& text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  if (contains(list_keys, key)) {
    return split_list(text);
  }
  if (contains(text_keys, key)) {
    return text;
  }
  if (text == "true" || text == "false") {
    return text == "true";
  }
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (!text.empty() && failure == std::errc() && stop == end) {
    return number;
  }
  return text;
}

Result<PlistDictionary> command_parameters(const std::vector<std::string>& set,
                                           const std::vector<std::string>& data) {
  PlistDictionary parameters;
  for (const std::string& argument : set) {
    TRY_ASSIGN(const KeyedText keyed, parse_keyed_text(argument));
    TRY(put(parameters, keyed.key, set_value(keyed.key, keyed.text)));
  }
  for (const std::string& argument : data) {
    TRY_ASSIGN(const KeyedText keyed, parse_keyed_text(argument));
    TRY_ASSIGN(Bytes content, read_input(keyed.text, data_file_limit));
    TRY(put(parameters, keyed.key, std::move(content)));
  }
  return parameters;
}

const std::vector<std::string>& standard_queries() {
  static const std::vector<std::string> queries = {
      "DeviceName",   "OSVersion",      "BuildVersion",
      "ModelName",    "Model",          "ProductName",
      "SerialNumber", "DeviceCapacity", "AvailableDeviceCapacity",
      "WiFiMAC",      "IsSupervised",   "UDID"};
  return queries;
}

}  // namespace bramley
