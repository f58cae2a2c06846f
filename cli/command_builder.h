#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/plist/plist_value.h"

namespace bramley {

// "Key=Value" of --set and "Key=PATH" of --data.
struct KeyedText {
  std::string key;
  std::string text;
};
// malformed: no '=', or nothing before it.
Result<KeyedText> parse_keyed_text(const std::string& argument);

// What a --set value becomes, for want of a catalogue of types:
//
//   "in double quotes"  text, without the quotes
//   keys that hold lists of texts (Queries, Identifiers…): a list, split at commas
//   keys that hold text even when it looks like a number (PIN, PhoneNumber…): text
//   true, false         boolean
//   a whole number      integer
//   everything else     text
PlistValue set_value(std::string_view key, const std::string& text);

// The keys beside RequestType. malformed: a key given twice, or one that is not the caller's
// (RequestType, CommandUUID). unavailable: a file of --data that cannot be read.
Result<PlistDictionary> command_parameters(const std::vector<std::string>& set,
                                           const std::vector<std::string>& data);

// What DeviceInformation asks for when nobody says.
const std::vector<std::string>& standard_queries();

}  // namespace bramley
