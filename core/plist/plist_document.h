#pragma once

#include "core/plist/plist_value.h"

namespace bramley {

// Dictionaries and arrays within one another, the root counted. Deeper documents are refused, so
// that no one who walks a tree needs more stack than this.
inline constexpr int plist_depth_limit = 64;

// XML (UTF-8) or binary (`bplist00`) property list, read strictly: a key without a value, numbers
// out of range, dates and base64 that are none, text that is not UTF-8, duplicate keys, entities
// beyond XML's five, bytes after the document are malformed, with the reason and the line. No more
// than two million values; time and memory grow with the input, whose size the caller bounds.
Result<PlistValue> parse_plist(ByteView document);
// The same, and the root is a dictionary.
Result<PlistDictionary> parse_plist_dictionary(ByteView document);

// XML with Apple's DOCTYPE and a final newline. Text that XML cannot carry (control characters)
// must not be in it: malformed.
Result<Bytes> write_plist_xml(const PlistValue& value);

}  // namespace bramley
