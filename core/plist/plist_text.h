#pragma once

#include <string>
#include <string_view>

#include "core/plist/plist_value.h"

namespace bramley {

// What stands between the tags of a property list's leaves, strictly (Apple, plist(5) and the
// DTD): white space around a number or a date is dropped, and nothing else is forgiven. Each fails
// with `malformed` and a message without the text, which may be a secret.

// Decimal, or hexadecimal after 0x, with an optional sign: INT64_MIN to UINT64_MAX.
Result<PlistValue> parse_integer_text(std::string_view text);
// Finite.
Result<PlistValue> parse_real_text(std::string_view text);
// YYYY-MM-DDThh:mm:ssZ.
Result<PlistValue> parse_date_text(std::string_view text);
// Base64 with padding; white space anywhere.
Result<PlistValue> parse_data_text(std::string_view text);

// Whether XML 1.0 can carry the text: UTF-8, no control characters but tab, line feed and carriage
// return, no U+FFFE and U+FFFF. The same rule holds for binary documents, so that whatever was read
// can be written.
bool is_xml_text(std::string_view text);

// Appends a code point as UTF-8. It must be one that UTF-8 can carry.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace bramley
