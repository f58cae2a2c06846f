#include "server/http/json.h"

#include <cmath>
#include <unordered_set>

#include "core/base/encoding.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

// Leaves nlohmann's parser from inside its callback; never leaves this file.
struct RefusedDocument {
  const char* reason;
};

// Watches a document go by, event by event, for what the parser itself lets pass.
class DocumentRules {
 public:
  void see(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      // `depth` counts the levels around this one.
      if (depth >= limits::json_depth) {
        throw RefusedDocument{"nested too deeply"};
      }
    }
    if (event == Event::object_start) {
      names_.emplace_back();
    } else if (event == Event::object_end) {
      names_.pop_back();
    } else if (event == Event::key &&
               !names_.back().insert(parsed.get_ref<const std::string&>()).second) {
      throw RefusedDocument{"a name appears twice in one object"};
    }
  }

 private:
  std::vector<std::unordered_set<std::string>> names_;
};

Result<nlohmann::json> parse_json(std::string_view text) {
  // The library takes a NUL for the end of its input; no JSON has one.
  if (text.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::malformed, "parse JSON: a NUL byte"};
  }
  DocumentRules rules;
  const auto watch = [&rules](int depth, nlohmann::json::parse_event_t event,
                              nlohmann::json& parsed) {
    rules.see(depth, event, parsed);
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const RefusedDocument& refused) {
    return Error{ErrorCode::malformed, std::string("parse JSON: ") + refused.reason};
  } catch (const nlohmann::json::exception&) {
    // The library's text quotes the input, which may hold a secret.
    return Error{ErrorCode::malformed, "parse JSON: not a valid document"};
  }
}

Error wrong_member(std::string_view name, std::string_view want) {
  return Error{ErrorCode::malformed,
               std::string("\"").append(name).append("\" must be ").append(want)};
}

bool has_control_characters(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      return true;
    }
  }
  return false;
}

struct PlistToJson {
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(std::uint64_t value) const { return value; }
  Json operator()(double value) const { return std::isfinite(value) ? Json(value) : Json(nullptr); }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const Bytes& value) const { return encode_base64(value); }
  Json operator()(Timestamp value) const { return format_rfc3339(value); }
  Json operator()(const PlistArray& value) const {
    Json array = Json::array();
    for (const PlistValue& element : value) {
      array.push_back(json_from_plist(element));
    }
    return array;
  }
  Json operator()(const PlistDictionary& value) const {
    Json object = Json::object();
    // Unique already, so the members are appended without the search that ordered_json would do.
    for (const auto& [key, member] : value.entries()) {
      object.get_ref<Json::object_t&>().emplace_back(key, json_from_plist(member));
    }
    return object;
  }
};

}  // namespace

Result<JsonObject> JsonObject::parse(ByteView body) {
  if (body.empty()) {
    return JsonObject(nlohmann::json::object());
  }
  TRY_ASSIGN(auto document, parse_json(as_text(body)));
  if (!document.is_object()) {
    return Error{ErrorCode::malformed, "parse JSON: the body must be an object"};
  }
  return JsonObject(std::move(document));
}

std::optional<nlohmann::json> JsonObject::take(std::string_view name) {
  const auto found = members_.find(name);
  if (found == members_.end()) {
    return std::nullopt;
  }
  nlohmann::json value = std::move(*found);
  members_.erase(found);
  if (value.is_null()) {
    return std::nullopt;
  }
  return value;
}

Result<std::optional<std::string>> JsonObject::take_long_text(std::string_view name) {
  std::optional<nlohmann::json> value = take(name);
  if (!value) {
    return std::optional<std::string>();
  }
  if (!value->is_string()) {
    return wrong_member(name, "a string");
  }
  return std::optional(std::move(value->get_ref<std::string&>()));
}

Result<std::optional<std::string>> JsonObject::take_text(std::string_view name, std::size_t limit) {
  TRY_ASSIGN(auto text, take_long_text(name));
  if (text && text->size() > limit) {
    return wrong_member(name, "at most " + std::to_string(limit) + " bytes long");
  }
  if (text && has_control_characters(*text)) {
    return wrong_member(name, "without control characters");
  }
  return text;
}

Result<std::optional<bool>> JsonObject::take_bool(std::string_view name) {
  const std::optional<nlohmann::json> value = take(name);
  if (!value) {
    return std::optional<bool>();
  }
  if (!value->is_boolean()) {
    return wrong_member(name, "true or false");
  }
  return std::optional(value->get<bool>());
}

Result<std::optional<std::int64_t>> JsonObject::take_integer(std::string_view name,
                                                             std::int64_t least,
                                                             std::int64_t most) {
  const std::optional<nlohmann::json> value = take(name);
  if (!value) {
    return std::optional<std::int64_t>();
  }
  const std::string want =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  // Above INT64_MAX it would wrap when read as signed.
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() ||
                     value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (!fits || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    return wrong_member(name, want);
  }
  return std::optional(value->get<std::int64_t>());
}

Result<std::optional<std::chrono::seconds>> JsonObject::take_ttl(std::string_view name) {
  TRY_ASSIGN(const auto text, take_text(name, limits::id_field));
  if (!text) {
    return std::optional<std::chrono::seconds>();
  }
  const auto duration = parse_duration(*text);
  if (!duration || *duration <= std::chrono::seconds(0) || *duration > limits::longest_ttl) {
    return wrong_member(name, "a duration such as \"24h\", longer than zero and at most a year");
  }
  return std::optional(*duration);
}

Result<std::optional<std::vector<std::string>>> JsonObject::take_texts(std::string_view name) {
  std::optional<nlohmann::json> value = take(name);
  if (!value) {
    return std::optional<std::vector<std::string>>();
  }
  if (!value->is_array()) {
    return wrong_member(name, "an array of strings");
  }
  std::vector<std::string> texts;
  texts.reserve(value->size());
  for (nlohmann::json& element : *value) {
    if (!element.is_string()) {
      return wrong_member(name, "an array of strings");
    }
    texts.push_back(std::move(element.get_ref<std::string&>()));
  }
  return std::optional(std::move(texts));
}

Result<DeviceRestriction> JsonObject::take_restriction() {
  TRY_ASSIGN(auto udid, take_text("udid", limits::id_field));
  TRY_ASSIGN(auto serial_number, take_text("serial_number", limits::id_field));
  return DeviceRestriction{std::move(udid).value_or(""), std::move(serial_number).value_or("")};
}

Status JsonObject::finish() const {
  if (members_.empty()) {
    return {};
  }
  const std::string name = members_.begin().key().substr(0, limits::id_field);
  return Error{ErrorCode::malformed, "unknown member \"" + name + "\""};
}

Bytes json_body(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.push_back('\n');
  return to_bytes(std::string_view(text));
}

Json json_text(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json json_time(Timestamp time) {
  return format_rfc3339(time);
}

Json json_time(const std::optional<Timestamp>& time) {
  return time ? json_time(*time) : Json(nullptr);
}

Json json_restriction(const DeviceRestriction& device) {
  if (device.empty()) {
    return nullptr;
  }
  return {{"udid", json_text(device.udid)}, {"serial_number", json_text(device.serial_number)}};
}

Json json_from_plist(const PlistValue& value) {
  return std::visit(PlistToJson(), value.content());
}

}  // namespace bramley
