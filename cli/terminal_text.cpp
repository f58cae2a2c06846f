#include "cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/base/encoding.h"

namespace bramley {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Combining marks, joiners and variation selectors: the blocks that matter in names.
constexpr std::array zero_width = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD},  Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x0E34, 0x0E3A}, Range{0x0E47, 0x0E4E},  Range{0x1AB0, 0x1AFF},
    Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF},  Range{0xFE00, 0xFE0F},
    Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}, Range{0xE0100, 0xE01EF}};
// East Asian wide and full-width characters, and pictographs.
constexpr std::array double_width = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
// Marks that turn or isolate the writing direction (Unicode UAX #9), and the line separators.
constexpr std::array dangerous = {Range{0x0000, 0x001F}, Range{0x007F, 0x009F},
                                  Range{0x061C, 0x061C}, Range{0x200E, 0x200F},
                                  Range{0x2028, 0x202E}, Range{0x2066, 0x2069}};

template <std::size_t size>
bool contains(const std::array<Range, size>& ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

// One character of UTF-8, or one byte that belongs to none.
struct Piece {
  std::string_view bytes;
  char32_t character = 0;
  bool valid = false;
};

std::size_t sequence_length(std::uint8_t first) {
  if (first < 0x80) {
    return 1;
  }
  return first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
}

Piece first_piece(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const std::size_t length = sequence_length(first);
  const std::string_view bytes = text.substr(0, length);
  // NUL is fine UTF-8 to Unicode, but not to is_utf8.
  if (first != 0 && (bytes.size() < length || !is_utf8(bytes))) {
    return {text.substr(0, 1), first, false};
  }
  constexpr std::array<std::uint8_t, 5> lead_masks = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t character = first & lead_masks.at(length);
  for (const char c : bytes.substr(1)) {
    character = (character << 6U) | (static_cast<std::uint8_t>(c) & 0x3FU);
  }
  return {bytes, character, true};
}

std::string hex_number(char32_t value, std::size_t digits) {
  std::string text;
  for (std::size_t shift = digits * 4; shift > 0; shift -= 4) {
    text.push_back("0123456789abcdef"[(value >> (shift - 4)) & 0xFU]);
  }
  return text;
}

std::string escape_piece(const Piece& piece) {
  if (!piece.valid || piece.character < 0x80) {
    switch (piece.character) {
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      default:
        return "\\x" + hex_number(piece.character, 2);
    }
  }
  return "\\u" + hex_number(piece.character, 4);
}

std::size_t piece_width(const Piece& piece) {
  if (contains(zero_width, piece.character)) {
    return 0;
  }
  return contains(double_width, piece.character) ? 2 : 1;
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (!piece.valid || contains(dangerous, piece.character)) {
      safe += escape_piece(piece);
    } else {
      safe += piece.bytes;
    }
    text.remove_prefix(piece.bytes.size());
  }
  return safe;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    width += piece_width(piece);
    text.remove_prefix(piece.bytes.size());
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) {
    return std::string(text);
  }
  std::string kept;
  std::size_t width = 0;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (width + piece_width(piece) + 1 > columns) {
      break;
    }
    width += piece_width(piece);
    kept += piece.bytes;
    text.remove_prefix(piece.bytes.size());
  }
  return columns == 0 ? std::string() : kept + "…";
}

std::string pad_to_width(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) {
    text.append(columns - width, ' ');
  }
  return text;
}

std::string wrap_text(std::string_view text, std::size_t columns, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string wrapped = margin;
  std::size_t used = indent;
  bool line_is_empty = true;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) {
      continue;
    }
    const std::size_t width = display_width(word);
    if (!line_is_empty && used + 1 + width > columns) {
      wrapped += "\n" + margin;
      used = indent;
      line_is_empty = true;
    }
    if (!line_is_empty) {
      wrapped += " ";
      ++used;
    }
    wrapped += word;
    used += width;
    line_is_empty = false;
  }
  return wrapped + "\n";
}

}  // namespace bramley
