#pragma once

#include <string>

#include "core/catalogue/command_catalogue.h"
#include "core/plist/plist_value.h"

namespace bramley {

enum class InputForm { plist, json, yaml };
// By how it begins: bplist00, <?xml, <plist or <!DOCTYPE; a brace or bracket; everything else is
// YAML.
InputForm form_of(ByteView content);

// A document of any of the three forms, whose root is a dictionary. `keys` say what plain YAML
// texts are (a PIN of 000123 stays text), and make data and dates out of texts; empty: nothing is
// known. malformed: not well-formed (with line and column), null values, more than 100,000 values
// or 32 levels, a tag that is neither !!binary nor one of YAML's own.
Result<PlistDictionary> parse_structured(ByteView content, const std::vector<KeyDescription>& keys);

// The same for a value that is an array or dictionary of a command.
Result<PlistValue> parse_structured_value(ByteView content, const KeyDescription* key);

}  // namespace bramley
