#pragma once

#include <vector>

#include "core/plist/plist_value.h"

namespace bramley {

// Whether no key occurs twice; never quadratic.
bool has_unique_keys(const std::vector<PlistDictionary::Entry>& entries);

}  // namespace bramley
