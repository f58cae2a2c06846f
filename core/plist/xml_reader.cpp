#include "core/plist/xml_reader.h"

#include "core/plist/plist_document.h"
#include "core/plist/plist_limits.h"
#include "core/plist/plist_text.h"
#include "core/plist/unique_keys.h"
#include "core/plist/xml_scanner.h"

namespace bramley {
namespace {

class XmlPlistReader {
 public:
  explicit XmlPlistReader(std::string_view document) : scanner_(document) {}

  Result<PlistValue> read() {
    TRY(scanner_.read_prolog());
    TRY_ASSIGN(const auto root, scanner_.next_tag());
    if (root.name != "plist" || root.kind != XmlTag::Kind::open) {
      return scanner_.failure("no <plist> at the start");
    }
    TRY_ASSIGN(const auto tag, scanner_.next_tag());
    TRY_ASSIGN(auto value, read_value(tag, 1));
    TRY_ASSIGN(const auto end, scanner_.next_tag());
    if (end.name != "plist" || end.kind != XmlTag::Kind::close) {
      return scanner_.failure("</plist> was expected");
    }
    TRY(scanner_.read_epilog());
    return value;
  }

 private:
  Result<PlistValue> read_value(const XmlTag& tag, int depth) {
    if (tag.kind == XmlTag::Kind::close) {
      return scanner_.failure("a value was expected");
    }
    if (++values_ > plist_value_limit) {
      return scanner_.failure("more than " + std::to_string(plist_value_limit) + " values");
    }
    if (tag.name == "dict" || tag.name == "array") {
      if (depth > plist_depth_limit) {
        return scanner_.failure("nested deeper than " + std::to_string(plist_depth_limit));
      }
      return tag.name == "dict" ? read_dictionary(tag, depth) : read_array(tag, depth);
    }
    std::string_view text;
    if (tag.kind == XmlTag::Kind::open) {
      TRY_ASSIGN(text, scanner_.read_text(tag.name));
    }
    auto leaf = read_leaf(tag.name, text);
    return leaf ? std::move(leaf) : scanner_.failure(leaf.error().message);
  }

  static Result<PlistValue> read_leaf(std::string_view name, std::string_view text) {
    if (name == "string") {
      return PlistValue(text);
    }
    if (name == "integer") {
      return parse_integer_text(text);
    }
    if (name == "data") {
      return parse_data_text(text);
    }
    if (name == "date") {
      return parse_date_text(text);
    }
    if (name == "real") {
      return parse_real_text(text);
    }
    if (name != "true" && name != "false") {
      return Error{ErrorCode::malformed, "an element that property lists do not have"};
    }
    if (!text.empty()) {
      return Error{ErrorCode::malformed, "a boolean with a text"};
    }
    return PlistValue(name == "true");
  }

  Result<PlistValue> read_array(const XmlTag& opening, int depth) {
    PlistArray values;
    while (opening.kind == XmlTag::Kind::open) {
      TRY_ASSIGN(const auto tag, scanner_.next_tag());
      if (tag.kind == XmlTag::Kind::close && tag.name == "array") {
        break;
      }
      TRY_ASSIGN(auto value, read_value(tag, depth + 1));
      values.push_back(std::move(value));
    }
    return PlistValue(std::move(values));
  }

  Result<PlistValue> read_dictionary(const XmlTag& opening, int depth) {
    std::vector<PlistDictionary::Entry> entries;
    while (opening.kind == XmlTag::Kind::open) {
      TRY_ASSIGN(const auto tag, scanner_.next_tag());
      if (tag.kind == XmlTag::Kind::close && tag.name == "dict") {
        break;
      }
      TRY_ASSIGN(auto key, read_key(tag));
      TRY_ASSIGN(const auto value_tag, scanner_.next_tag());
      if (value_tag.kind == XmlTag::Kind::close || value_tag.name == "key") {
        return scanner_.failure("a key without a value");
      }
      TRY_ASSIGN(auto value, read_value(value_tag, depth + 1));
      entries.emplace_back(std::move(key), std::move(value));
    }
    if (!has_unique_keys(entries)) {
      return scanner_.failure("a key that occurs twice in one dictionary");
    }
    return PlistValue(PlistDictionary(std::move(entries)));
  }

  Result<std::string> read_key(const XmlTag& tag) {
    if (tag.name != "key" || tag.kind == XmlTag::Kind::close) {
      return scanner_.failure("a key was expected");
    }
    if (tag.kind == XmlTag::Kind::empty) {
      return std::string();
    }
    TRY_ASSIGN(const auto text, scanner_.read_text("key"));
    return std::string(text);
  }

  XmlScanner scanner_;
  std::size_t values_ = 0;
};

}  // namespace

Result<PlistValue> read_xml_plist(std::string_view document) {
  return XmlPlistReader(document).read();
}

}  // namespace bramley
