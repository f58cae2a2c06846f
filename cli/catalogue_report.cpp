#include "cli/catalogue_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"
#include "core/base/words.h"

namespace bramley {
namespace {

constexpr std::size_t page_width = 100;

const PlatformTerms& of(const TermsByPlatform& terms, Platform platform) {
  return terms.at(static_cast<std::size_t>(platform));
}

bool exists(const PlatformTerms& terms) {
  return terms.supported.value_or(false);
}

std::string version_text(const std::optional<OsVersion>& version) {
  return version ? version->text() : std::string();
}

void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) {
    object[name] = text;
  }
}
void put(Json& object, const char* name, const std::optional<bool>& value) {
  if (value) {
    object[name] = *value;
  }
}

// What is said of one platform, and nothing else.
Json describe_terms(const PlatformTerms& terms) {
  Json json = Json::object();
  put(json, "supported", terms.supported);
  put(json, "introduced", version_text(terms.introduced));
  put(json, "deprecated", version_text(terms.deprecated));
  put(json, "removed", version_text(terms.removed));
  put(json, "needs_supervision", terms.needs_supervision);
  put(json, "needs_automated_enrollment", terms.needs_automated_enrollment);
  put(json, "device_channel", terms.device_channel);
  put(json, "user_channel", terms.user_channel);
  put(json, "access_right", terms.access_right);
  put(json, "user_enrollment", terms.user_enrollment);
  put(json, "shared_ipad", terms.shared_ipad);
  put(json, "shared_ipad_device_channel", terms.shared_ipad_device_channel);
  put(json, "shared_ipad_user_channel", terms.shared_ipad_user_channel);
  return json;
}

Json describe_platforms(const TermsByPlatform& terms) {
  Json json = Json::object();
  for (const Platform platform : all_platforms) {
    Json words = describe_terms(of(terms, platform));
    if (!words.empty()) {
      json[std::string(platform_name(platform))] = std::move(words);
    }
  }
  return json;
}

Json describe_keys(const std::vector<KeyDescription>& keys, const CommandDescription& command) {
  Json json = Json::array();
  for (const KeyDescription& key : keys) {
    json.push_back(describe_key(key, command));
  }
  return json;
}

// --- pages for people

std::string needs_text(const PlatformTerms& terms) {
  std::vector<std::string> needs;
  if (terms.needs_supervision.value_or(false)) {
    needs.emplace_back("supervision");
  }
  if (terms.needs_automated_enrollment.value_or(false)) {
    needs.emplace_back("automated enrollment");
  }
  if (terms.user_enrollment == "forbidden") {
    needs.emplace_back("no User Enrollment");
  }
  if (terms.shared_ipad == "required") {
    needs.emplace_back("Shared iPad");
  } else if (terms.shared_ipad == "forbidden") {
    needs.emplace_back("no Shared iPad");
  }
  return needs.empty() ? "-" : join(needs, ", ");
}

std::string channels_text(const PlatformTerms& terms) {
  const bool users =
      terms.user_channel.value_or(false) || terms.shared_ipad_user_channel.value_or(false);
  const bool devices = terms.device_channel.value_or(true);
  return devices ? (users ? "device, user" : "device") : "user";
}

std::string right_text(const PlatformTerms& terms) {
  const std::int64_t bit = access_right_bit(terms.access_right);
  return bit == 0 ? "-" : std::to_string(bit) + " " + terms.access_right;
}

std::string since_text(const PlatformTerms& terms) {
  std::string text = version_text(terms.introduced);
  if (terms.deprecated) {
    text += ", deprecated " + terms.deprecated->text();
  }
  if (terms.removed) {
    text += ", removed " + terms.removed->text();
  }
  return text.empty() ? "always" : text;
}

std::string platform_table(const TermsByPlatform& terms, LineWidth width) {
  Table table({"PLATFORM", "SINCE", "NEEDS", "CHANNEL", "ACCESS RIGHT"}, width);
  std::vector<std::vector<std::string>> rows;
  for (const Platform platform : all_platforms) {
    const PlatformTerms& own = of(terms, platform);
    if (exists(own)) {
      rows.push_back({std::string(platform_name(platform)), since_text(own), needs_text(own),
                      channels_text(own), right_text(own)});
    }
  }
  return rows.empty() ? "" : "\n" + table.add(rows);
}

// What a key's own words say: where it differs from what it is in.
std::string key_platforms(const KeyDescription& key) {
  std::vector<std::string> parts;
  std::vector<std::string> missing;
  for (const Platform platform : all_platforms) {
    const PlatformTerms& own = of(key.terms, platform);
    const std::string name(platform_name(platform));
    if (own.supported == false) {
      missing.push_back(name);
    } else if (own.introduced || own.deprecated || own.removed) {
      parts.push_back(name + " " + since_text(own));
    }
    if (own.needs_supervision.value_or(false)) {
      parts.push_back(name + " supervised");
    }
  }
  if (!missing.empty()) {
    parts.push_back("not " + join(missing, ", "));
  }
  return join(parts, "; ");
}

std::string key_notes(const KeyDescription& key, const CommandDescription& command) {
  std::vector<std::string> notes;
  if (!key.values.empty()) {
    notes.push_back(join(key.values, " | "));
  }
  if (!key.default_text.empty()) {
    notes.push_back("default " + key.default_text);
  }
  if (command.is_secret(key.name)) {
    notes.emplace_back("secret: by REF");
  }
  if (const std::string platforms = key_platforms(key); !platforms.empty()) {
    notes.push_back(platforms);
  }
  return notes.empty() ? "-" : join(notes, "; ");
}

std::string shown_name(const KeyDescription& key) {
  return key.is_wildcard() ? "(any key)" : key.name;
}

using Rows = std::vector<std::vector<std::string>>;

void add_rows(const std::vector<KeyDescription>& keys, const CommandDescription& command,
              std::size_t depth, Rows& rows) {
  for (const KeyDescription& key : keys) {
    rows.push_back({std::string(depth * 2, ' ') + shown_name(key),
                    std::string(key_type_name(key.type)), key.required ? "yes" : "-",
                    key_notes(key, command)});
    // An item of a plain kind is said by the array itself.
    add_rows(key.keys, command, depth + 1, rows);
  }
}

std::string key_table(const std::string& title, const std::vector<KeyDescription>& keys,
                      const CommandDescription& command, LineWidth width) {
  Rows rows;
  add_rows(keys, command, 0, rows);
  if (rows.empty()) {
    return {};
  }
  Table table({title, "TYPE", "REQUIRED", "NOTES"}, width);
  return "\n" + table.add(rows);
}

std::string example_of(const CommandDescription& command) {
  std::string line = "bramley command send " + command.request_type;
  for (const KeyDescription& key : command.keys) {
    if (!key.required) {
      continue;
    }
    const bool from_file = key.type == KeyType::data || key.type == KeyType::dictionary;
    const bool secret = command.is_secret(key.name);
    line += (from_file && !secret ? " --data " : " --set ") + key.name + "=" +
            (from_file && !secret ? "FILE"
             : secret             ? "@FILE"
                                  : (key.type == KeyType::array ? "…" : "VALUE"));
  }
  return line + " --device ID --wait";
}

}  // namespace

std::string platforms_text(const TermsByPlatform& terms) {
  std::vector<std::string> parts;
  for (const Platform platform : all_platforms) {
    const PlatformTerms& own = of(terms, platform);
    if (exists(own)) {
      parts.push_back(std::string(platform_name(platform)) + " " + version_text(own.introduced));
    }
  }
  return join(parts, ", ");
}

Json describe_key(const KeyDescription& key, const CommandDescription& command) {
  Json json = {{"name", key.name}, {"type", key_type_name(key.type)}, {"required", key.required}};
  put(json, "default", key.default_text);
  if (!key.values.empty()) {
    json["values"] = key.values;
  }
  if (command.is_secret(key.name)) {
    json["secret"] = true;
  }
  if (Json platforms = describe_platforms(key.terms); !platforms.empty()) {
    json["platforms"] = std::move(platforms);
  }
  if (!key.keys.empty()) {
    json["keys"] = describe_keys(key.keys, command);
  }
  return json;
}

Json describe_command(const CommandDescription& command) {
  return {{"request_type", command.request_type},
          {"group", command.group},
          {"summary", command.summary},
          {"destructive", command.destructive},
          {"instead", command.instead.empty() ? Json(nullptr) : Json(command.instead)},
          {"platforms", describe_platforms(command.terms)},
          {"keys", describe_keys(command.keys, command)},
          {"answer", describe_keys(command.answers, command)},
          {"source", "https://github.com/apple/device-management/blob/release/mdm/commands/" +
                         command.source + ".yaml"}};
}

std::string command_page(const CommandDescription& command, LineWidth width) {
  std::string page =
      command.request_type + (command.summary.empty() ? "" : ": " + command.summary) + "\n";
  if (command.destructive) {
    page += "Destructive: it asks back on a terminal, and needs --yes in a script.\n";
  }
  if (!command.instead.empty()) {
    page += "Old: today there is " + command.instead + ".\n";
  }
  page += platform_table(command.terms, width);
  page += key_table("KEY", command.keys, command, width);
  page += key_table("ANSWER", command.answers, command, width);
  page += "\n" + example_of(command) + "\n";
  page += wrap_text("Apple's description: github.com/apple/device-management, mdm/commands/" +
                        command.source + ".yaml",
                    width.value_or(page_width), 0);
  return page;
}

std::string key_page(const CommandDescription& command, const KeyDescription& key,
                     const std::string& place, LineWidth width) {
  std::string page = command.request_type + "." + place + ": " +
                     std::string(key_type_in_words(key.type)) + (key.required ? ", required" : "") +
                     "\n";
  if (const std::string notes = key_notes(key, command); notes != "-") {
    page += wrap_text(notes, width.value_or(page_width), 0);
  }
  return page + key_table("KEY", key.keys, command, width);
}

std::string findings_text(const std::vector<CommandFinding>& findings) {
  std::string text;
  for (const CommandFinding& finding : findings) {
    const bool fault = finding.severity == CommandFinding::Severity::fault;
    text += (fault ? "fault    " : "warning  ") +
            escape_for_terminal((finding.key.empty() ? "" : finding.key + " ") + finding.message) +
            "\n";
    if (!finding.hint.empty()) {
      text += "         " + escape_for_terminal(finding.hint) + "\n";
    }
  }
  return text;
}

Json describe_findings(const std::vector<CommandFinding>& findings,
                       CommandFinding::Severity severity) {
  Json json = Json::array();
  for (const CommandFinding& finding : findings) {
    if (finding.severity == severity) {
      Json one = {{"key", finding.key}, {"message", finding.message}};
      put(one, "hint", finding.hint);
      json.push_back(std::move(one));
    }
  }
  return json;
}

}  // namespace bramley
