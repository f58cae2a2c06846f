#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

struct XmlTag {
  enum class Kind { open, close, empty };
  Kind kind;
  std::string_view name;
};

// Reads the part of XML 1.0 that property lists use, and refuses the rest: encodings other than
// UTF-8, internal subsets (so there are no entities but the five), and whatever is not well-formed.
// The document must outlive the scanner and everything that it returns.
class XmlScanner {
 public:
  explicit XmlScanner(std::string_view document) : document_(document) {}

  // The byte order mark, the declaration and the DOCTYPE, up to the root's tag.
  Status read_prolog();
  // The next tag; between tags there may be only white space, comments and processing
  // instructions. Attributes are checked for their form and dropped.
  Result<XmlTag> next_tag();
  // The text of the element `name`, whose opening tag was just read, with its closing tag.
  // Entities, CDATA sections, comments and line ends are resolved. Valid until the next call.
  Result<std::string_view> read_text(std::string_view name);
  // Nothing but white space, comments and processing instructions may follow the root.
  Status read_epilog();

  // `malformed`, with the line where the scanner stands.
  [[nodiscard]] Error failure(std::string_view what) const;

 private:
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };
  [[nodiscard]] std::string_view rest() const { return document_.substr(at_); }
  [[nodiscard]] bool starts_with(std::string_view text) const { return rest().starts_with(text); }
  void skip_white_space();
  Status expect_white_space();
  Status skip_between_tags();
  Status skip_comment();
  Status skip_instruction();
  Status read_declaration();
  Status skip_doctype();
  Status skip_attributes();
  Result<std::optional<Attribute>> read_attribute();
  Result<std::string_view> read_literal();
  Result<std::string_view> read_name();
  Status append_text();
  Status append_markup();
  Status append_reference();
  void append_lines(std::string_view text);

  std::string_view document_;
  std::size_t at_ = 0;
  // Text that differs from what stands in the document.
  std::string resolved_;
};

}  // namespace bramley
