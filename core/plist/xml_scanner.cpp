#include "core/plist/xml_scanner.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/plist/plist_text.h"

namespace bramley {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view declaration_start = "<?xml";
constexpr std::string_view doctype_start = "<!DOCTYPE";
constexpr std::string_view cdata_start = "<![CDATA[";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Every name in a property list is ASCII.
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == ':' || c == '.';
}

bool is_name_start(char c) {
  return is_name_character(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.';
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

// XML 1.0 §2.2, Char.
bool is_xml_character(std::uint32_t code_point) {
  return code_point == 0x9 || code_point == 0xA || code_point == 0xD ||
         (code_point >= 0x20 && code_point <= 0xD7FF) ||
         (code_point >= 0xE000 && code_point <= 0xFFFD) ||
         (code_point >= 0x10000 && code_point <= 0x10FFFF);
}

std::optional<char32_t> named_character(std::string_view name) {
  if (name == "lt") {
    return U'<';
  }
  if (name == "gt") {
    return U'>';
  }
  if (name == "amp") {
    return U'&';
  }
  if (name == "quot") {
    return U'"';
  }
  if (name == "apos") {
    return U'\'';
  }
  return std::nullopt;
}

// "#65" or "#x41".
std::optional<char32_t> numbered_character(std::string_view reference) {
  if (!reference.starts_with('#')) {
    return std::nullopt;
  }
  reference.remove_prefix(1);
  const bool hexadecimal = reference.starts_with('x');
  if (hexadecimal) {
    reference.remove_prefix(1);
  }
  std::uint32_t number = 0;
  const char* const end = reference.data() + reference.size();
  const auto [stop, failure] =
      std::from_chars(reference.data(), end, number, hexadecimal ? 16 : 10);
  if (failure != std::errc() || stop != end || !is_xml_character(number)) {
    return std::nullopt;
  }
  return static_cast<char32_t>(number);
}

}  // namespace

Error XmlScanner::failure(std::string_view what) const {
  const auto line = 1 + std::ranges::count(document_.substr(0, at_), '\n');
  return Error{ErrorCode::malformed, "line " + std::to_string(line) + ": " + std::string(what)};
}

void XmlScanner::skip_white_space() {
  while (at_ < document_.size() && is_space(document_[at_])) {
    ++at_;
  }
}

Status XmlScanner::read_prolog() {
  if (starts_with("\xFE\xFF") || starts_with("\xFF\xFE")) {
    return failure("UTF-16, where only UTF-8 is read");
  }
  if (starts_with(byte_order_mark)) {
    at_ += byte_order_mark.size();
  }
  if (!is_xml_text(rest())) {
    return failure("not UTF-8, or a character that XML does not allow");
  }
  // White space before the declaration is not XML, but common in profiles, and Apple reads it.
  skip_white_space();
  const std::size_t after = at_ + declaration_start.size();
  if (starts_with(declaration_start) && after < document_.size() && is_space(document_[after])) {
    TRY(read_declaration());
  }
  TRY(skip_between_tags());
  if (starts_with(doctype_start)) {
    TRY(skip_doctype());
    TRY(skip_between_tags());
  }
  return {};
}

// XML 1.0 §2.8: version, then encoding and standalone, if at all.
Status XmlScanner::read_declaration() {
  at_ += declaration_start.size();
  constexpr std::array<std::string_view, 3> names = {"version", "encoding", "standalone"};
  std::size_t next = 0;
  while (true) {
    TRY_ASSIGN(const auto attribute, read_attribute());
    if (!attribute) {
      break;
    }
    const auto name = std::find(names.begin() + next, names.end(), attribute->name);
    if (name == names.end() || (next == 0 && attribute->name != "version")) {
      return failure("an XML declaration that is not well-formed");
    }
    next = static_cast<std::size_t>(name - names.begin()) + 1;
    if (attribute->name == "encoding" && !equal_ignoring_case(attribute->value, "utf-8") &&
        !equal_ignoring_case(attribute->value, "us-ascii")) {
      return failure("an encoding other than UTF-8");
    }
  }
  if (next == 0 || !starts_with("?>")) {
    return failure("an XML declaration that is not well-formed");
  }
  at_ += 2;
  return {};
}

// XML 1.0 §2.8, without an internal subset.
Status XmlScanner::skip_doctype() {
  at_ += doctype_start.size();
  TRY(expect_white_space());
  TRY_ASSIGN([[maybe_unused]] const auto root, read_name());
  skip_white_space();
  const std::size_t literals = starts_with("PUBLIC") ? 2 : (starts_with("SYSTEM") ? 1 : 0);
  at_ += literals == 0 ? 0 : std::string_view("PUBLIC").size();
  for (std::size_t i = 0; i < literals; ++i) {
    TRY(expect_white_space());
    TRY_ASSIGN([[maybe_unused]] const auto literal, read_literal());
  }
  skip_white_space();
  if (!starts_with(">")) {
    return failure(starts_with("[") ? "a DOCTYPE with declarations in it"
                                    : "a DOCTYPE that is not well-formed");
  }
  ++at_;
  return {};
}

Status XmlScanner::skip_comment() {
  const std::size_t end = document_.find("--", at_ + 4);
  if (end == std::string_view::npos || !document_.substr(end).starts_with("-->")) {
    return failure("a comment that is not well-formed");
  }
  at_ = end + 3;
  return {};
}

Status XmlScanner::skip_instruction() {
  const std::size_t end = document_.find("?>", at_ + 2);
  if (end == std::string_view::npos || !is_name_start(document_[at_ + 2])) {
    return failure("a processing instruction that is not well-formed");
  }
  const std::string_view inside = document_.substr(at_ + 2, end - at_ - 2);
  const std::string_view target = inside.substr(0, inside.find_first_of(" \t\r\n"));
  if (equal_ignoring_case(target, "xml")) {
    return failure("an XML declaration that is not at the start");
  }
  at_ = end + 2;
  return {};
}

Status XmlScanner::skip_between_tags() {
  while (true) {
    skip_white_space();
    if (starts_with("<!--")) {
      TRY(skip_comment());
    } else if (starts_with("<?")) {
      TRY(skip_instruction());
    } else {
      return {};
    }
  }
}

Status XmlScanner::read_epilog() {
  TRY(skip_between_tags());
  return at_ == document_.size() ? Status() : failure("something after the end of the document");
}

Result<std::string_view> XmlScanner::read_name() {
  const std::size_t start = at_;
  if (at_ == document_.size() || !is_name_start(document_[at_])) {
    return failure("a name was expected");
  }
  while (at_ < document_.size() && is_name_character(document_[at_])) {
    ++at_;
  }
  return document_.substr(start, at_ - start);
}

Status XmlScanner::expect_white_space() {
  const std::size_t before = at_;
  skip_white_space();
  return at_ != before ? Status() : failure("white space was expected");
}

// What stands between two quotes.
Result<std::string_view> XmlScanner::read_literal() {
  const char quote = at_ < document_.size() ? document_[at_] : '\0';
  const std::size_t end =
      quote == '"' || quote == '\'' ? document_.find(quote, at_ + 1) : std::string_view::npos;
  if (end == std::string_view::npos) {
    return failure("a quoted text was expected");
  }
  const std::string_view literal = document_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return literal;
}

// Nothing when the tag ends here.
Result<std::optional<XmlScanner::Attribute>> XmlScanner::read_attribute() {
  const std::size_t before = at_;
  skip_white_space();
  if (at_ == document_.size() || !is_name_start(document_[at_])) {
    return std::optional<Attribute>();
  }
  if (at_ == before) {
    return failure("a tag that is not well-formed");
  }
  TRY_ASSIGN(const auto name, read_name());
  skip_white_space();
  if (!starts_with("=")) {
    return failure("an attribute without a value");
  }
  ++at_;
  skip_white_space();
  TRY_ASSIGN(const auto value, read_literal());
  if (value.find_first_of("<&") != std::string_view::npos) {
    return failure("an attribute whose value is not plain");
  }
  return std::optional(Attribute{name, value});
}

Status XmlScanner::skip_attributes() {
  while (true) {
    TRY_ASSIGN(const auto attribute, read_attribute());
    if (!attribute) {
      return {};
    }
  }
}

Result<XmlTag> XmlScanner::next_tag() {
  TRY(skip_between_tags());
  if (at_ == document_.size()) {
    return failure("the document ends early");
  }
  if (document_[at_] != '<') {
    return failure("text where only elements may be");
  }
  ++at_;
  const bool closes = starts_with("/");
  at_ += closes ? 1 : 0;
  TRY_ASSIGN(const auto name, read_name());
  if (closes) {
    skip_white_space();
  } else {
    TRY(skip_attributes());
  }
  const bool is_empty = !closes && starts_with("/");
  at_ += is_empty ? 1 : 0;
  if (!starts_with(">")) {
    return failure("a tag that is not well-formed");
  }
  ++at_;
  return XmlTag{closes     ? XmlTag::Kind::close
                : is_empty ? XmlTag::Kind::empty
                           : XmlTag::Kind::open,
                name};
}

Result<std::string_view> XmlScanner::read_text(std::string_view name) {
  resolved_.clear();
  const std::size_t start = at_;
  const std::size_t end = document_.find('<', at_);
  std::string_view text = document_.substr(start, end == std::string_view::npos ? 0 : end - start);
  const bool is_plain = end != std::string_view::npos && document_.substr(end).starts_with("</") &&
                        text.find_first_of("&\r]") == std::string_view::npos;
  if (is_plain) {
    at_ = end;
  } else {
    TRY(append_text());
    text = resolved_;
  }
  TRY_ASSIGN(const auto tag, next_tag());
  if (tag.kind != XmlTag::Kind::close || tag.name != name) {
    return failure("<" + std::string(name) + "> does not end where it must");
  }
  return text;
}

// Gathers text up to the tag that ends it.
Status XmlScanner::append_text() {
  while (true) {
    const std::size_t end = document_.find_first_of("<&", at_);
    if (end == std::string_view::npos) {
      return failure("the document ends early");
    }
    const std::string_view plain = document_.substr(at_, end - at_);
    if (plain.find("]]>") != std::string_view::npos) {
      return failure("]]> in a text");
    }
    append_lines(plain);
    at_ = end;
    if (document_[at_] == '&') {
      TRY(append_reference());
    } else if (starts_with("<!") || starts_with("<?")) {
      TRY(append_markup());
    } else {
      return {};
    }
  }
}

Status XmlScanner::append_markup() {
  if (starts_with("<!--")) {
    return skip_comment();
  }
  if (starts_with("<?")) {
    return skip_instruction();
  }
  if (!starts_with(cdata_start)) {
    return failure("a declaration in a text");
  }
  const std::size_t start = at_ + cdata_start.size();
  const std::size_t end = document_.find("]]>", start);
  if (end == std::string_view::npos) {
    return failure("a CDATA section without an end");
  }
  append_lines(document_.substr(start, end - start));
  at_ = end + 3;
  return {};
}

Status XmlScanner::append_reference() {
  // The longest that means something is &#x10FFFF; with some leading zeros.
  const std::string_view window = document_.substr(at_ + 1, 16);
  const std::size_t length = window.find(';');
  if (length == std::string_view::npos) {
    return failure("an & that starts no reference");
  }
  const std::string_view reference = window.substr(0, length);
  const std::optional<char32_t> character =
      reference.starts_with('#') ? numbered_character(reference) : named_character(reference);
  if (!character) {
    return failure("a reference to no character");
  }
  append_utf8(resolved_, *character);
  at_ += length + 2;
  return {};
}

// XML 1.0 §2.11: CR LF and a lone CR are read as LF.
void XmlScanner::append_lines(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      resolved_.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      resolved_.push_back('\n');
    }
  }
}

}  // namespace bramley
