#pragma once

#include <string_view>

#include "core/plist/plist_value.h"

namespace bramley {

// Private to the folder: parse_plist for XML.
Result<PlistValue> read_xml_plist(std::string_view document);

}  // namespace bramley
