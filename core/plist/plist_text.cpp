#include "core/plist/plist_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Error malformed(const char* message) {
  return Error{ErrorCode::malformed, message};
}

// U+FFFE and U+FFFF, which UTF-8 can carry and XML cannot.
bool has_non_character(std::string_view text) {
  return text.find("\xEF\xBF\xBE") != std::string_view::npos ||
         text.find("\xEF\xBF\xBF") != std::string_view::npos;
}

bool is_allowed_ascii(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
}

bool is_ascii(char c) {
  return static_cast<std::uint8_t>(c) < 0x80;
}

}  // namespace

Result<PlistValue> parse_integer_text(std::string_view text) {
  std::string_view digits = trimmed(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) {
    digits.remove_prefix(2);
  }
  std::uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] =
      std::from_chars(digits.data(), end, magnitude, hexadecimal ? 16 : 10);
  if (failure == std::errc::result_out_of_range) {
    return malformed("an integer of more than 64 bits");
  }
  if (digits.empty() || failure != std::errc() || stop != end) {
    return malformed("an integer that is no number");
  }
  if (!negative) {
    return PlistValue(magnitude);
  }
  constexpr std::uint64_t lowest = std::uint64_t{1} << 63U;
  if (magnitude > lowest) {
    return malformed("an integer of more than 64 bits");
  }
  return PlistValue(static_cast<std::int64_t>(~magnitude + 1));
}

Result<PlistValue> parse_real_text(std::string_view text) {
  std::string_view digits = trimmed(text);
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') {
    digits.remove_prefix(1);
  }
  double number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, number);
  if (failure != std::errc() || stop != end || !std::isfinite(number) ||
      digits.find_first_of("0123456789") == std::string_view::npos) {
    return malformed("a real that is no finite number");
  }
  return PlistValue(number);
}

Result<PlistValue> parse_date_text(std::string_view text) {
  const std::string_view date = trimmed(text);
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
  bool fits = date.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] == 'd' ? is_digit(date[i]) : date[i] == shape[i];
  }
  if (fits) {
    if (const auto time = parse_rfc3339(date)) {
      return PlistValue(*time);
    }
  }
  return malformed("a date that is none");
}

Result<PlistValue> parse_data_text(std::string_view text) {
  std::string letters(text);
  std::erase_if(letters, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  auto bytes = decode_base64(letters);
  if (!bytes) {
    return malformed("data that is no base64");
  }
  return PlistValue(*std::move(bytes));
}

bool is_xml_text(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_ascii(text[at])) {
      if (!is_allowed_ascii(text[at])) {
        return false;
      }
      ++at;
      continue;
    }
    // Sequences are made of such bytes alone, so a run of them can be judged by itself.
    std::size_t end = at;
    while (end < text.size() && !is_ascii(text[end])) {
      ++end;
    }
    const std::string_view run = text.substr(at, end - at);
    if (!is_utf8(run) || has_non_character(run)) {
      return false;
    }
    at = end;
  }
  return true;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto put = [&text](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | (code_point >> 6U));
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    put(0xE0U | (code_point >> 12U));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else {
    put(0xF0U | (code_point >> 18U));
    put(0x80U | ((code_point >> 12U) & 0x3FU));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  }
}

}  // namespace bramley
