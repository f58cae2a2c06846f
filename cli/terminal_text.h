#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bramley {

// Text of strangers (devices, servers, files) made safe to show: control characters, characters
// that turn the writing direction, and bytes that are not UTF-8 become visible escapes (\x1b, \n,
// \u202e), so that nothing can move the cursor or forge a line. Tabs and line breaks too.
std::string escape_for_terminal(std::string_view text);

// The columns that well-formed text takes: 0 for combining marks, 2 for wide characters, else 1.
std::size_t display_width(std::string_view text);

// Cuts to `columns`, the last one being "…" when something is lost.
std::string cut_to_width(std::string_view text, std::size_t columns);

// Appends spaces up to `columns`.
std::string pad_to_width(std::string text, std::size_t columns);

// Breaks at spaces so that no line is longer than `columns` (a single longer word is left whole);
// every line begins with `indent` spaces, also the first. Ends with a line break.
std::string wrap_text(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace bramley
