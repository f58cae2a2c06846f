#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/plist/plist_value.h"
#include "server/store/certificate_store.h"

// Private to this folder: nlohmann's types must not reach other layers.
namespace bramley {

// Members in the order in which they were put in: answers read as the documents describe them.
using Json = nlohmann::ordered_json;

// A JSON object that a request brought. Each read takes a member out; finish() then refuses what
// nobody asked for, so a misspelt name is an error and not a silent default. `null` counts as
// absent.
class JsonObject {
 public:
  // malformed: no JSON (RFC 8259), not an object, bytes after it, nested deeper than
  // limits::json_depth, a name twice in one object, or text that is not UTF-8. Nothing at all
  // counts as `{}`. The caller bounds the size.
  static Result<JsonObject> parse(ByteView body);

  // malformed: another type, longer than `limit` bytes, or control characters inside.
  Result<std::optional<std::string>> take_text(std::string_view name, std::size_t limit);
  // Without a limit of its own or a look inside: for encoded content.
  Result<std::optional<std::string>> take_long_text(std::string_view name);
  Result<std::optional<bool>> take_bool(std::string_view name);
  // malformed: no whole number, or outside [least, most].
  Result<std::optional<std::int64_t>> take_integer(std::string_view name, std::int64_t least,
                                                   std::int64_t most);
  // A duration such as "24h"; malformed: zero, or longer than limits::longest_ttl.
  Result<std::optional<std::chrono::seconds>> take_ttl(std::string_view name);
  // malformed: an element that is no string.
  Result<std::optional<std::vector<std::string>>> take_texts(std::string_view name);
  // "udid" and "serial_number".
  Result<DeviceRestriction> take_restriction();
  // malformed: a member is left, and its name.
  [[nodiscard]] Status finish() const;

 private:
  explicit JsonObject(nlohmann::json members) : members_(std::move(members)) {}
  std::optional<nlohmann::json> take(std::string_view name);
  nlohmann::json members_;
};

// One line with a final newline. Text that is not UTF-8 gets replacement characters.
Bytes json_body(const Json& value);

// Empty text and absent times become null.
Json json_text(std::string_view text);
Json json_time(Timestamp time);
Json json_time(const std::optional<Timestamp>& time);
// {"udid","serial_number"}, or null when it restricts nothing.
Json json_restriction(const DeviceRestriction& device);
// Data becomes base64, dates RFC 3339, numbers that JSON does not have (NaN, infinity) null.
Json json_from_plist(const PlistValue& value);

}  // namespace bramley
