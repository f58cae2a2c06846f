#include "cli/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

constexpr int json_depth_limit = 64;

// JSON needs escapes below U+0020 only; some terminals obey U+0080 to U+009F too.
std::string without_raw_controls(const std::string& text) {
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == 0x7F) {
      safe += "\\u007f";
    } else if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {
      safe += "\\u00";
      safe.push_back("0123456789abcdef"[next >> 4U]);
      safe.push_back("0123456789abcdef"[next & 0xFU]);
      ++i;
    } else {
      safe.push_back(text[i]);
    }
  }
  return safe;
}

bool is_plain_yaml_text(const std::string& text) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ";
  constexpr std::string_view first_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (text.empty() || text.back() == ' ' || text.find_first_not_of(letters) != std::string::npos ||
      first_letters.find(text.front()) == std::string_view::npos) {
    return false;
  }
  std::string lower;
  for (const char c : text) {
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  for (const std::string_view word :
       {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    if (lower == word) {
      return false;
    }
  }
  return true;
}

std::string yaml_scalar(const Json& value) {
  if (value.is_string() && is_plain_yaml_text(value.get_ref<const std::string&>())) {
    return value.get<std::string>();
  }
  return write_json(value, -1);
}

bool is_block(const Json& value) {
  return value.is_structured() && !value.empty();
}

void append_yaml(const Json& value, std::size_t indent, std::string& text);

void append_yaml_member(const std::string& lead, const Json& value, std::size_t indent,
                        std::string& text) {
  text += lead;
  if (is_block(value)) {
    text += "\n";
    append_yaml(value, indent, text);
  } else {
    text += " " + yaml_scalar(value) + "\n";
  }
}

void append_yaml(const Json& value, std::size_t indent, std::string& text) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      append_yaml_member(margin + yaml_scalar(Json(key)) + ":", member, indent + 2, text);
    }
  } else if (value.is_array()) {
    for (const Json& item : value) {
      if (!is_block(item)) {
        text += margin + "- " + yaml_scalar(item) + "\n";
        continue;
      }
      // The first line of the item stands beside its dash.
      std::string block;
      append_yaml(item, indent + 2, block);
      text += margin + "- " + block.substr(indent + 2);
    }
  } else {
    text += margin + yaml_scalar(value) + "\n";
  }
}

// " (line 1, column 7)": where the text stops being JSON.
std::string place_of_fault(std::string_view text) {
  std::size_t at = 0;
  try {
    const Json unused = Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& fault) {
    at = std::min(fault.byte == 0 ? 0 : fault.byte - 1, text.size());
  }
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n');
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t column = line_start == std::string_view::npos ? at + 1 : at - line_start;
  return " (line " + std::to_string(line) + ", column " + std::to_string(column) + ")";
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > json_depth_limit;
    return !too_deep;
  };
  Json value = Json::parse(text.begin(), text.end(), watch_depth, false);
  if (value.is_discarded() || too_deep) {
    return Error{ErrorCode::malformed,
                 too_deep ? "JSON that is nested too deep" : "not JSON" + place_of_fault(text)};
  }
  return value;
}

std::string write_json(const Json& value, int indent) {
  return without_raw_controls(value.dump(indent, ' ', false, Json::error_handler_t::replace));
}

std::string write_yaml(const Json& value) {
  std::string text;
  if (is_block(value)) {
    append_yaml(value, 0, text);
    return text;
  }
  return yaml_scalar(value) + "\n";
}

Json any_member(const Json& object, std::string_view key) {
  const auto found = object.find(std::string(key));
  return found == object.end() ? Json() : *found;
}

std::string text_member(const Json& object, std::string_view key) {
  const Json member = any_member(object, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

std::int64_t integer_member(const Json& object, std::string_view key) {
  const Json member = any_member(object, key);
  return member.is_number_integer() ? member.get<std::int64_t>() : 0;
}

Json array_member(const Json& object, std::string_view key) {
  Json member = any_member(object, key);
  return member.is_array() ? member : Json::array();
}

}  // namespace bramley
