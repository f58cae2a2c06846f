#pragma once

#include "core/base/bytes.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Private to the folder: parse_plist for `bplist00`.
bool is_binary_plist(ByteView document);
Result<PlistValue> read_binary_plist(ByteView document);

}  // namespace bramley
