#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/catalogue/command_catalogue.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Text as a person types it, as the value that a key wants:
//
//   string      the text; quotes around all of it are taken off
//   boolean     true, false
//   integer     decimal digits, perhaps with a minus
//   real        a number
//   date        RFC 3339 (2026-11-24T03:06:13Z)
//   data        base64:TEXT
//   array       of strings, numbers…: split at commas; a comma within an item is written \,
//               (all of it in double quotes is one item)
//   any         what it looks like: true, false, a whole number, text; in double quotes always text
//
// A null `key` is one that nobody knows: as any. malformed: it is nothing of the kind, saying what
// was expected. Values of secret keys are not repeated.
Result<PlistValue> typed_value(const KeyDescription* key, std::string_view text);

// Values read from YAML or JSON, which have no data and no dates, made into what the keys want:
// texts into data (base64), dates, numbers that are whole into integers or reals. What does not fit
// is left for check_command to report.
PlistDictionary fit_to_catalogue(const PlistDictionary& parameters,
                                 const std::vector<KeyDescription>& keys);

}  // namespace bramley
