#include "cli/report_outline.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "cli/terminal_text.h"
#include "core/base/encoding.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_value.h"

namespace bramley {
namespace {

constexpr std::size_t indent_step = 2;
constexpr std::size_t column_gap = 2;
constexpr std::size_t least_column = 12;

// The envelope of a report: it is above the answer already, or says nothing to people.
constexpr std::array<std::string_view, 11> envelope_keys = {
    "CommandUUID",  "EnrollmentID", "EnrollmentUserID", "ErrorChain",
    "NotOnConsole", "RequestType",  "Status",           "UDID",
    "UserID",       "UserLongName", "UserShortName"};

// What opens a device or a disk (Apple: ActivationLockBypassCode, RotateFileVaultKey,
// SecurityInfo).
constexpr std::array<std::string_view, 10> secret_keys = {
    "ActivationLockBypassCode", "BootstrapToken",
    "EncryptedNewRecoveryKey",  "FDE_PersonalRecoveryKeyCMS64",
    "NewRecoveryKey",           "Password",
    "PersonalRecoveryKey",      "RecoveryKey",
    "RecoveryLockPassword",     "UnlockToken"};

// What one looks for first in the tables of Apple's lists; the rest follows as it came.
constexpr std::array<std::string_view, 10> first_columns = {
    "Name",       "PayloadDisplayName", "HumanReadableName", "CommonName", "Identifier",
    "ProductKey", "PayloadIdentifier",  "ShortVersion",      "Version",    "Status"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Json for_people(const PlistValue& value);

// A property list as Json that is made to be read.
struct ForPeople {
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(std::uint64_t value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(Timestamp value) const { return format_rfc3339(value); }
  Json operator()(const Bytes& value) const { return "data, " + size_in_words(value.size()); }
  Json operator()(const PlistArray& array) const {
    Json items = Json::array();
    for (const PlistValue& item : array) {
      items.push_back(for_people(item));
    }
    return items;
  }
  Json operator()(const PlistDictionary& dictionary) const {
    Json object = Json::object();
    for (const auto& [key, value] : dictionary.entries()) {
      object[key] = for_people(value);
    }
    return object;
  }
};

Json for_people(const PlistValue& value) {
  return std::visit(ForPeople(), value.content());
}

// At any depth.
void hide_secrets(Json& value) {
  if (value.is_array()) {
    std::for_each(value.begin(), value.end(), hide_secrets);
  }
  if (!value.is_object()) {
    return;
  }
  for (auto& [key, member] : value.items()) {
    if (is_one_of(secret_keys, key) && !member.is_boolean() && !member.is_null()) {
      member = "hidden; --show-secrets shows it";
    } else {
      hide_secrets(member);
    }
  }
}

Json report_of(const Json& result) {
  // The property list still tells data from text.
  if (const auto bytes = decode_base64(text_member(result, "report_plist"))) {
    if (const auto report = parse_plist_dictionary(*bytes)) {
      return ForPeople()(*report);
    }
  }
  return any_member(result, "report");
}

bool is_scalar(const Json& value) {
  return !value.is_structured() || value.empty();
}

// Every item a dictionary, and each with most of the keys that the others have.
bool are_alike(const Json& array) {
  if (!array.is_array() || array.size() < 2) {
    return false;
  }
  std::size_t shared = 0;
  for (const Json& item : array) {
    if (!item.is_object() || item.empty()) {
      return false;
    }
    for (const auto& [key, value] : item.items()) {
      shared += array.front().contains(key) ? 1 : 0;
    }
  }
  const std::size_t of_the_others = shared - array.front().size();
  return of_the_others * 2 >= array.front().size() * (array.size() - 1);
}

// Names of all scalar members, in the order in which they are looked for.
std::vector<std::string> columns_of(const Json& array) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  for (const std::string_view name : first_columns) {
    for (const Json& item : array) {
      if (is_scalar(any_member(item, name)) && item.contains(std::string(name))) {
        add(std::string(name));
      }
    }
  }
  for (const Json& item : array) {
    for (const auto& [key, value] : item.items()) {
      if (is_scalar(value)) {
        add(key);
      }
    }
  }
  return names;
}

std::vector<std::string> all_keys(const Json& array) {
  std::vector<std::string> keys;
  for (const Json& item : array) {
    for (const auto& [key, value] : item.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        keys.push_back(key);
      }
    }
  }
  return keys;
}

// As many of the columns as have room.
void keep_what_fits(std::vector<std::string>& columns, const Json& array, std::size_t width) {
  std::size_t used = 0;
  std::size_t kept = 0;
  for (const std::string& column : columns) {
    std::size_t widest = display_width(column);
    for (const Json& item : array) {
      widest = std::max(widest, display_width(cell_text(any_member(item, column))));
    }
    used += std::min(widest, std::max(least_column, display_width(column))) +
            (kept > 0 ? column_gap : 0);
    if (used > width && kept > 0) {
      break;
    }
    ++kept;
  }
  columns.resize(kept);
}

std::string indented(std::string_view text, std::size_t indent) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    result += std::string(indent, ' ') + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

std::string table_of(const Json& array, LineWidth width) {
  std::vector<std::string> columns = columns_of(array);
  if (width) {
    keep_what_fits(columns, array, *width);
  }
  std::vector<std::string> titles;
  titles.reserve(columns.size());
  for (const std::string& column : columns) {
    titles.push_back(escape_for_terminal(column));
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(array.size());
  for (const Json& item : array) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const std::string& column : columns) {
      cells.push_back(cell_text(any_member(item, column)));
    }
    rows.push_back(std::move(cells));
  }
  std::string text = Table(titles, width).add(rows);
  std::string left_out;
  for (const std::string& key : all_keys(array)) {
    if (std::find(columns.begin(), columns.end(), key) == columns.end()) {
      left_out += (left_out.empty() ? "" : ", ") + escape_for_terminal(key);
    }
  }
  if (!left_out.empty()) {
    text += wrap_text("Not shown (-o json has it): " + left_out, width.value_or(100), 0);
  }
  return text;
}

LineWidth narrower(LineWidth width) {
  return width ? LineWidth(*width > indent_step ? *width - indent_step : 1) : width;
}

}  // namespace

Json answer_for_people(const Json& result, Secrets secrets) {
  const Json report = report_of(result);
  Json answer = Json::object();
  if (!report.is_object()) {
    return answer;
  }
  for (const auto& [key, value] : report.items()) {
    if (!is_one_of(envelope_keys, key)) {
      answer[key] = value;
    }
  }
  if (secrets == Secrets::hidden) {
    hide_secrets(answer);
  }
  // DeviceInformation: the questions are the names, one level down.
  if (answer.size() == 1 && answer.contains("QueryResponses") &&
      answer["QueryResponses"].is_object()) {
    return answer["QueryResponses"];
  }
  return answer;
}

std::string answer_outline(const Json& answer, LineWidth width) {
  std::string text;
  // What lies between two tables is one outline: its names stand in one column.
  Json between = Json::object();
  const auto write_between = [&] {
    text += between.empty() ? "" : outline(between, width);
    between = Json::object();
  };
  for (const auto& [key, value] : answer.items()) {
    const bool holds_tables =
        value.is_object() && std::any_of(value.begin(), value.end(), are_alike);
    if (!are_alike(value) && !holds_tables) {
      between[key] = value;
      continue;
    }
    write_between();
    text += escape_for_terminal(key) + "\n";
    text += indented(
        holds_tables ? answer_outline(value, narrower(width)) : table_of(value, narrower(width)),
        indent_step);
  }
  write_between();
  return text;
}

std::string size_in_words(std::size_t bytes) {
  constexpr std::array<std::string_view, 3> units = {"KiB", "MiB", "GiB"};
  if (bytes < 1024) {
    return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  }
  std::size_t tenths = bytes * 10 / 1024;
  std::size_t unit = 0;
  while (tenths >= 10240 && unit + 1 < units.size()) {
    tenths /= 1024;
    ++unit;
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " +
         std::string(units.at(unit));
}

}  // namespace bramley
