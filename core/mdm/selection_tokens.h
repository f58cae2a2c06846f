#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// Private to the folder: a selection's words.
struct SelectionToken {
  enum class Kind { end, word, text, number, symbol };
  Kind kind = Kind::end;
  std::string_view raw = {};  // as it stands there
  std::string text = {};      // of a text, without its quotes and escapes
  std::size_t column = 1;     // counts characters, from 1
};

class SelectionScanner {
 public:
  explicit SelectionScanner(std::string_view expression) : expression_(expression) {}
  // malformed: a character that begins nothing, a text without its end.
  Result<SelectionToken> next();

 private:
  [[nodiscard]] std::string_view rest() const { return expression_.substr(at_); }
  Result<SelectionToken> text(SelectionToken token);
  SelectionToken take(SelectionToken token, SelectionToken::Kind kind, std::size_t size);
  [[nodiscard]] std::size_t column() const;

  std::string_view expression_;
  std::size_t at_ = 0;
};

// "read the selection: column N: …"
Error selection_error(std::size_t column, std::string_view what, std::string hint = {});
// As it may be repeated in a message: in quotes, cut, nothing of it obeyed.
std::string quoted_token(const SelectionToken& token);

}  // namespace bramley
