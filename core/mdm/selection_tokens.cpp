#include "core/mdm/selection_tokens.h"

#include <algorithm>
#include <array>

namespace bramley {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The longer ones first.
constexpr std::array<std::string_view, 14> symbols = {"==", "!=", "<=", ">=", "&&", "||", "<",
                                                      ">",  "!",  "(",  ")",  "[",  "]",  ","};

// What other languages write instead.
std::string hint_for(std::string_view rest) {
  switch (rest.front()) {
    case '=':
      return "equality is written ==";
    case '&':
      return "and is written &&";
    case '|':
      return "or is written ||";
    case '\'':
      return "texts are in double quotes";
    default:
      return {};
  }
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string safe;
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    safe.push_back(byte < 0x20 || byte >= 0x7F ? '?' : c);
  }
  return "'" + safe + (text.size() > most ? "…'" : "'");
}

}  // namespace

Error selection_error(std::size_t column, std::string_view what, std::string hint) {
  return {ErrorCode::malformed,
          "read the selection: column " + std::to_string(column) + ": " + std::string(what),
          std::move(hint)};
}

std::string quoted_token(const SelectionToken& token) {
  return token.kind == SelectionToken::Kind::end ? "the end" : shown(token.raw);
}

std::size_t SelectionScanner::column() const {
  // Bytes that go on with a character of UTF-8 are no columns.
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(expression_.substr(0, at_), begins)) + 1;
}

SelectionToken SelectionScanner::take(SelectionToken token, SelectionToken::Kind kind,
                                      std::size_t size) {
  token.kind = kind;
  token.raw = rest().substr(0, size);
  at_ += size;
  return token;
}

Result<SelectionToken> SelectionScanner::next() {
  while (at_ < expression_.size() && is_space(expression_[at_])) {
    ++at_;
  }
  SelectionToken token;
  token.column = column();
  const std::string_view left = rest();
  if (left.empty()) {
    return token;
  }
  if (left.front() == '"') {
    return text(std::move(token));
  }
  const auto length = [&](const auto& belongs) {
    return static_cast<std::size_t>(std::ranges::find_if_not(left.substr(1), belongs) -
                                    left.substr(1).begin()) +
           1;
  };
  if (is_letter(left.front())) {
    return take(std::move(token), SelectionToken::Kind::word,
                length([](char c) { return is_letter(c) || is_digit(c); }));
  }
  if (is_digit(left.front()) || (left.front() == '-' && left.size() > 1 && is_digit(left[1]))) {
    return take(std::move(token), SelectionToken::Kind::number,
                length([](char c) { return is_digit(c) || c == '.'; }));
  }
  for (const std::string_view symbol : symbols) {
    if (left.starts_with(symbol)) {
      return take(std::move(token), SelectionToken::Kind::symbol, symbol.size());
    }
  }
  return selection_error(token.column, "unexpected " + shown(left.substr(0, 1)), hint_for(left));
}

Result<SelectionToken> SelectionScanner::text(SelectionToken token) {
  const std::string_view left = rest();
  for (std::size_t i = 1; i < left.size(); ++i) {
    const char c = left[i];
    if (c == '"') {
      std::string content = std::move(token.text);
      token = take(std::move(token), SelectionToken::Kind::text, i + 1);
      token.text = std::move(content);
      return token;
    }
    if (c == '\\') {
      ++i;
      if (i == left.size() || (left[i] != '"' && left[i] != '\\')) {
        at_ += i;
        return selection_error(column(), "expected \" or \\ after a \\ in a text");
      }
    }
    token.text.push_back(left[i]);
  }
  return selection_error(token.column, "a text without its end: expected a closing \"");
}

}  // namespace bramley
