#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/encoding.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_text.h"

namespace bramley {
namespace {

constexpr std::string_view head =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
    "<plist version=\"1.0\">\n";
constexpr std::string_view tail = "</plist>\n";

class XmlPlistWriter {
 public:
  Result<Bytes> write(const PlistValue& value) {
    out_ = head;
    TRY(write_value(value, 0));
    out_ += tail;
    return to_bytes(out_);
  }

 private:
  Status write_value(const PlistValue& value, int depth) {
    indent(depth);
    return std::visit([this, depth](const auto& content) { return write_content(content, depth); },
                      value.content());
  }

  Status write_content(bool value, int) {
    out_ += value ? "<true/>\n" : "<false/>\n";
    return {};
  }
  Status write_content(std::int64_t value, int) {
    return element("integer", std::to_string(value));
  }
  Status write_content(std::uint64_t value, int) {
    return element("integer", std::to_string(value));
  }
  Status write_content(double value, int) {
    if (!std::isfinite(value)) {
      return Error{ErrorCode::malformed, "a real that is not finite"};
    }
    std::array<char, 64> digits{};
    const auto [end, failure] = std::to_chars(digits.begin(), digits.end(), value);
    return element("real", std::string_view(digits.data(), end));
  }
  Status write_content(const std::string& value, int) { return text_element("string", value); }
  Status write_content(const Bytes& value, int) { return element("data", encode_base64(value)); }
  Status write_content(Timestamp value, int) {
    const std::string text = format_rfc3339(value);
    // Years below 0 and above 9999 have another width, which no reader takes.
    if (!parse_date_text(text)) {
      return Error{ErrorCode::malformed, "a date outside the years 0 to 9999"};
    }
    return element("date", text);
  }
  Status write_content(const PlistArray& values, int depth) {
    TRY(check_depth(depth));
    if (values.empty()) {
      out_ += "<array/>\n";
      return {};
    }
    out_ += "<array>\n";
    for (const PlistValue& value : values) {
      TRY(write_value(value, depth + 1));
    }
    indent(depth);
    out_ += "</array>\n";
    return {};
  }
  Status write_content(const PlistDictionary& dictionary, int depth) {
    TRY(check_depth(depth));
    if (dictionary.empty()) {
      out_ += "<dict/>\n";
      return {};
    }
    out_ += "<dict>\n";
    for (const auto& [key, value] : dictionary.entries()) {
      indent(depth + 1);
      TRY(text_element("key", key));
      TRY(write_value(value, depth + 1));
    }
    indent(depth);
    out_ += "</dict>\n";
    return {};
  }

  // `depth`: how many containers are open around this one.
  static Status check_depth(int depth) {
    return depth < plist_depth_limit
               ? Status()
               : Error{ErrorCode::malformed,
                       "nested deeper than " + std::to_string(plist_depth_limit)};
  }

  Status text_element(std::string_view name, std::string_view text) {
    if (!is_xml_text(text)) {
      return Error{ErrorCode::malformed, "a text that XML cannot carry"};
    }
    return element(name, escaped(text));
  }

  Status element(std::string_view name, std::string_view content) {
    out_.append("<").append(name).append(">").append(content).append("</").append(name).append(
        ">\n");
    return {};
  }

  static std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
      if (c == '&') {
        result += "&amp;";
      } else if (c == '<') {
        result += "&lt;";
      } else if (c == '>') {
        result += "&gt;";
      } else if (c == '\r') {
        result += "&#13;";  // or a reader would make it a line feed
      } else {
        result.push_back(c);
      }
    }
    return result;
  }

  void indent(int depth) { out_.append(static_cast<std::size_t>(depth), '\t'); }

  std::string out_;
};

}  // namespace

Result<Bytes> write_plist_xml(const PlistValue& value) {
  auto document = XmlPlistWriter().write(value);
  if (!document) {
    return std::move(document).error().while_doing("write plist");
  }
  return document;
}

}  // namespace bramley
