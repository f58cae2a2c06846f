#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

enum class HexCase { lower, upper };
std::string encode_hex(ByteView bytes, HexCase letters = HexCase::lower);
// Either case, an even number of digits, nothing else. malformed otherwise.
Result<Bytes> decode_hex(std::string_view text);

// RFC 4648 §4, with padding, on one line.
std::string encode_base64(ByteView bytes);
// RFC 4648 §4, strict: padding required, no white space, unused bits zero. malformed otherwise.
Result<Bytes> decode_base64(std::string_view text);

// RFC 4648 §5, without padding.
std::string encode_base64url(ByteView bytes);

// Base64 as wild clients send it: white space dropped, `-_` taken for `+/`, padding optional.
// malformed: any other character, or a length no encoding has.
Result<Bytes> decode_base64_lenient(std::string_view text);

// RFC 3986 §2.1: %XX becomes the byte, everything else (`+` too) stays. malformed: a bad escape.
Result<std::string> decode_percent(std::string_view text);
// Everything but unreserved characters (RFC 3986 §2.3) is escaped.
std::string encode_percent(std::string_view text);

// True for well-formed UTF-8 (no surrogates, no overlong forms, no NUL).
bool is_utf8(std::string_view text);

}  // namespace bramley
