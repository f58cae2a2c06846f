#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace bramley {

using RowKey = long long;  // a SqlNumber, for those who do not know SOCI

// Keys in ascending order as one column: each as its distance to the one before, in base 128, low
// digits first, the high bit set on all but the last (LEB128). 100,000 neighbours are 100 KB.
std::string encode_targets(const std::vector<RowKey>& ascending);
// malformed: cut short, or a number of more than 63 bits.
Result<std::vector<RowKey>> decode_targets(std::string_view text);

}  // namespace bramley
