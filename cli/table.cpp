#include "cli/table.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/terminal_text.h"

namespace bramley {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest_column = 6;
constexpr std::size_t widest_name = 36;

std::string join_cells(const Json& array) {
  std::string text;
  for (const Json& item : array) {
    text += (text.empty() ? "" : ", ") + cell_text(item);
  }
  return text.empty() ? "-" : text;
}

// What is no ordinary word: written so wherever it stands in a name.
std::string spelled(const std::string& word) {
  for (const std::string_view acronym :
       {"ca", "csr", "id", "mdm", "os", "scep", "tls", "udid", "url", "uuid"}) {
    if (word == acronym) {
      std::string upper;
      for (const char c : word) {
        upper.push_back(static_cast<char>(c - 'a' + 'A'));
      }
      return upper;
    }
  }
  return word == "sha256" ? "SHA-256" : word;
}

// "serial_number" → "Serial number"; names with capitals are Apple's and stay as they are.
std::string name_in_words(const std::string& name) {
  const bool ours = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!ours || name.empty()) {
    return escape_for_terminal(name);
  }
  std::string words;
  std::size_t start = 0;
  while (start <= name.size()) {
    const std::size_t end = std::min(name.find('_', start), name.size());
    words += (words.empty() ? "" : " ") + spelled(name.substr(start, end - start));
    start = end + 1;
  }
  if (words.front() >= 'a' && words.front() <= 'z') {
    words.front() = static_cast<char>(words.front() - 'a' + 'A');
  }
  return words;
}

bool is_nested(const Json& value) {
  if (value.is_object()) {
    return !value.empty();
  }
  return value.is_array() && std::any_of(value.begin(), value.end(),
                                         [](const Json& item) { return item.is_structured(); });
}

// Of a line whose first column is whole and whose others are as narrow as they may be.
std::size_t least_width(const std::vector<std::size_t>& widths) {
  std::size_t total = 0;
  for (std::size_t column = 0; column < widths.size(); ++column) {
    total += column == 0 ? widths[column] : gap + std::min(widths[column], narrowest_column);
  }
  return total;
}

void append_outline(const Json& value, std::size_t indent, LineWidth width, std::string& text);

void append_items(const Json& array, std::size_t indent, LineWidth width, std::string& text) {
  for (const Json& item : array) {
    if (!is_nested(item)) {
      text += std::string(indent, ' ') + "- " + cell_text(item) + "\n";
      continue;
    }
    std::string block;
    append_outline(item, indent + 2, width, block);
    block[indent] = '-';
    text += block;
  }
}

// A text of several lines, as PEM: each on a line of its own, whole.
void append_lines(std::string_view lines, std::size_t indent, std::string& text) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text += std::string(indent, ' ') + escape_for_terminal(lines.substr(0, end)) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void append_outline(const Json& value, std::size_t indent, LineWidth width, std::string& text) {
  if (value.is_array()) {
    append_items(value, indent, width, text);
    return;
  }
  std::size_t names = 0;
  for (const auto& [key, member] : value.items()) {
    if (!is_nested(member)) {
      names = std::max(names, std::min(display_width(name_in_words(key)), widest_name));
    }
  }
  const std::string margin(indent, ' ');
  for (const auto& [key, member] : value.items()) {
    const std::string name = name_in_words(key);
    if (is_nested(member)) {
      text += margin + name + "\n";
      append_outline(member, indent + 2, width, text);
      continue;
    }
    if (member.is_string() &&
        member.get_ref<const std::string&>().find('\n') != std::string::npos) {
      text += margin + name + "\n";
      append_lines(member.get_ref<const std::string&>(), indent + 2, text);
      continue;
    }
    const std::string line = margin + pad_to_width(name, names + gap) + cell_text(member);
    text += (width ? cut_to_width(line, *width) : line) + "\n";
  }
}

}  // namespace

std::string cell_text(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? "-" : escape_for_terminal(text);
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "yes" : "no";
  }
  if (value.is_null()) {
    return "-";
  }
  if (value.is_array()) {
    return join_cells(value);
  }
  if (value.is_object() && value.empty()) {
    return "-";
  }
  return escape_for_terminal(write_json(value, -1));
}

void Table::settle_widths(const std::vector<std::vector<std::string>>& rows) {
  for (const std::string& title : titles_) {
    widths_.push_back(display_width(title));
  }
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < widths_.size(); ++column) {
      widths_[column] = std::max(widths_[column], display_width(row[column]));
    }
  }
  // The first column is what one types next: it stays whole if the others can make room.
  const bool is_first_whole = width_ && least_width(widths_) <= *width_;
  // The widest column gives way until the line fits, but none below what is still readable.
  while (width_) {
    const std::size_t total =
        std::accumulate(widths_.begin(), widths_.end(), (widths_.size() - 1) * gap);
    const auto widest = std::max_element(widths_.begin() + (is_first_whole ? 1 : 0), widths_.end());
    if (total <= *width_ || widest == widths_.end() || *widest <= narrowest_column) {
      return;
    }
    *widest -= 1;
  }
}

std::string Table::line(const std::vector<std::string>& cells) const {
  std::string text;
  for (std::size_t column = 0; column < widths_.size(); ++column) {
    std::string cell = width_ ? cut_to_width(cells[column], widths_[column]) : cells[column];
    const bool last = column + 1 == widths_.size();
    text += last ? cell : pad_to_width(std::move(cell), widths_[column]) + std::string(gap, ' ');
  }
  // Where even the narrowest columns do not fit, what is left over is cut off.
  return (width_ ? cut_to_width(text, *width_) : text) + "\n";
}

std::string Table::add(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  if (widths_.empty()) {
    settle_widths(rows);
    text += line(titles_);
  }
  for (const auto& row : rows) {
    text += line(row);
  }
  return text;
}

std::string outline(const Json& object, LineWidth width) {
  std::string text;
  append_outline(object, 0, width, text);
  return text;
}

}  // namespace bramley
