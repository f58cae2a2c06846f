#pragma once

#include <string>

#include "core/mdm/device_facts.h"

namespace bramley {

// Facts as one column, some 300 bytes for a device: for each its number (a byte), what it is (a
// byte: no, yes, text, number, moment; and 0x80 if it has a time), the time, and the value. Times
// and moments are seconds since 1970, and they and lengths are in base 128, low digits first, the
// high bit set on all but the last. Numbers are eight bytes of IEEE 754, low first. Private to the
// folder.
std::string encode_facts(const DeviceFacts& facts);
// malformed: cut short, or nothing that encode_facts wrote. A number that is no fact of this
// version is left out.
Result<DeviceFacts> decode_facts(std::string_view text);

}  // namespace bramley
