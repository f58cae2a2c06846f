#pragma once

#include "core/plist/plist_value.h"

namespace bramley {

// Deeper documents are refused before libplist sees them: it overflows its stack (libraries.md §3).
inline constexpr int plist_depth_limit = 64;

// XML or binary (`bplist00`) property list. Everything that libplist lets pass is refused here: a
// key without a value, numbers out of range, dates and base64 that are none, text that is not
// UTF-8, duplicate keys, bytes after the document. malformed, with the reason. Sizes are the
// caller's: bound the input before.
Result<PlistValue> parse_plist(ByteView document);
// The same, and the root is a dictionary.
Result<PlistDictionary> parse_plist_dictionary(ByteView document);

// XML with Apple's DOCTYPE and a final newline. Text that XML cannot carry (control characters)
// must not be in it: malformed.
Result<Bytes> write_plist_xml(const PlistValue& value);

}  // namespace bramley
