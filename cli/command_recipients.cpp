#include "cli/command_recipients.h"

#include <nlohmann/json.hpp>

#include "cli/confirmation.h"
#include "cli/destructive_commands.h"
#include "cli/output.h"

namespace bramley {
namespace {

constexpr std::string_view selections_path = "/api/v1/selections";
// As many as a page of it may name.
constexpr std::int64_t selected_page = 5000;
// As many as people are shown.
constexpr std::int64_t shown_at_most = 500;

std::string devices_in_words(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " device" : " devices");
}

std::chrono::seconds max_age_of(const RecipientOptions& options) {
  return options.max_age.value_or(usual_max_age);
}

std::string stale_in_words(const RecipientOptions& options, const Json& selected) {
  return devices_in_words(integer_member(selected, "stale")) + " of " +
         std::to_string(integer_member(selected, "matched")) +
         " matched on facts that are older than " + format_duration(max_age_of(options));
}

std::string kind_in_words(const Json& group) {
  std::string text = text_member(group, "platform");
  const std::string version = text_member(group, "os_version");
  if (text.empty()) {
    text = "an unknown system";
  } else if (!version.empty()) {
    text += " " + version;
  }
  return text + " (" + devices_in_words(integer_member(group, "count")) + ", as " +
         text_member(group, "example") + ")";
}

CommandTarget kind_of(const Json& group) {
  CommandTarget kind;
  kind.name = kind_in_words(group);
  kind.platform = parse_platform(text_member(group, "platform"));
  kind.os_version = OsVersion::parse(text_member(group, "os_version"));
  const Json supervised = any_member(group, "supervised");
  if (supervised.is_boolean()) {
    kind.supervised = supervised.get<bool>();
  }
  kind.user_channel = text_member(group, "channel") == "user";
  const Json hidden = any_member(group, "user_enrollment");
  kind.user_enrollment = hidden.is_boolean() && hidden.get<bool>();
  return kind;
}

// The question that is asked on a terminal.
Consequence consequence_of(const std::string& request_type, const RecipientOptions& options,
                           const std::vector<std::string>& names, const Json& selected) {
  const std::string whom = recipients_in_words(options, names);
  const std::string count =
      selected.contains("matched") && options.are_found()
          ? ", which is " + devices_in_words(integer_member(selected, "matched")) + " now"
          : "";
  return {"send " + request_type, "it goes to " + whom + count, "Send it?"};
}

std::vector<Column> selected_columns() {
  return {{"ID", "id"},
          {"NAME", "device_name"},
          {"SERIAL", "serial_number"},
          {"PLATFORM", "platform"},
          {"OS", "os_version"},
          {"LAST SEEN", "last_seen_at"},
          {"AS OF", "as_of"}};
}

// The rest of those who are meant, behind the first page.
Status take_other_pages(ApiClient& api, const RecipientOptions& options, std::string cursor,
                        Json& devices) {
  while (!cursor.empty()) {
    TRY_ASSIGN(const Json page, ask_recipients(api, options, {}, selected_page, cursor));
    for (const Json& device : array_member(page, "enrollments")) {
      devices.push_back(device);
    }
    const std::string next = text_member(page, "next_cursor");
    if (next == cursor) {
      return Error{ErrorCode::unavailable,
                   "POST " + std::string(selections_path) + ": the server repeats a page"};
    }
    cursor = next;
  }
  return {};
}

}  // namespace

void add_recipient_flags(CommandNode& node, RecipientOptions& options) {
  node.flag({.name = "device",
             .value = "ID",
             .help = "Send it to this enrollment: its id, or the serial number of a device"},
            options.named.devices);
  node.flag({.name = "devices-from",
             .value = "FILE",
             .help = "Send it to those in this file, one a line; - is standard input"},
            options.named.file);
  node.flag({.name = "select",
             .value = "EXPR",
             .help = "Send it to the enrolled devices that an expression over their facts matches, "
                     "as 'platform == \"macOS\" && os_version < \"14.4\"'"},
            options.select);
  node.flag({.name = "all",
             .help = "Send it to every enrolled device; asks back, and needs --yes in a script"},
            options.named.all);
  node.flag({.name = "expect-count",
             .value = "N",
             .help = "Send it only if so many are meant",
             .default_text = "any"},
            options.expect_count);
  node.flag({.name = "max-age",
             .value = "DURATION",
             .help = "How old the facts may be by which --select matched: it is said how many are "
                     "older, and what takes something away is not sent then",
             .default_text = "2d"},
            options.max_age);
}

Result<std::vector<std::string>> read_recipients(const RecipientOptions& options) {
  if (options.expect_count < -1) {
    return Error{ErrorCode::malformed, "--expect-count must not be negative"};
  }
  if (options.max_age && *options.max_age <= std::chrono::seconds(0)) {
    return Error{ErrorCode::malformed, "--max-age: not a duration", "write it as 48h"};
  }
  if (options.select.empty()) {
    auto names = read_targets(options.named);
    const bool nobody = options.named.devices.empty() && options.named.file.empty();
    return names || !nobody || options.named.all
               ? std::move(names)
               : std::move(names).error().with_hint(
                     "--device ID (may be repeated), --devices-from FILE, --select EXPR, or --all");
  }
  if (options.named.all || !options.named.devices.empty() || !options.named.file.empty()) {
    return Error{ErrorCode::malformed, "--select says who is meant by itself",
                 "give no others with it"};
  }
  return std::vector<std::string>();
}

std::string recipients_in_words(const RecipientOptions& options,
                                const std::vector<std::string>& names) {
  if (!options.select.empty()) {
    return "the devices with " + options.select;
  }
  return options.named.all ? "every enrolled device"
                           : devices_in_words(static_cast<std::int64_t>(names.size()));
}

Json recipients_body(const RecipientOptions& options, const std::vector<std::string>& names) {
  Json body = Json::object();
  if (!options.select.empty()) {
    body["select"] = options.select;
  } else if (options.named.all) {
    body["all_devices"] = true;
  } else {
    body["targets"] = names;
  }
  return body;
}

Result<Json> ask_recipients(ApiClient& api, const RecipientOptions& options,
                            const std::vector<std::string>& names, std::int64_t limit,
                            const std::string& cursor) {
  Json body = recipients_body(options, names);
  body["max_age"] = format_duration(max_age_of(options));
  body["limit"] = limit;
  if (!cursor.empty()) {
    body["cursor"] = cursor;
  }
  const std::string target(selections_path);
  TRY_ASSIGN(const HttpResponse response,
             api.send("POST", target, to_bytes(write_json(body, -1)), "application/json"));
  // An older server: it has no such path, and says so without a document.
  if (response.status == 404 && options.select.empty()) {
    return Json(nullptr);
  }
  if (response.status != 200) {
    return api.error_of("POST", target, response);
  }
  auto answer = parse_json(as_text(response.body));
  if (!answer || !answer->is_object()) {
    return Error{ErrorCode::unavailable, "POST " + target + ": the server answered no JSON"};
  }
  return *std::move(answer);
}

std::vector<CommandTarget> kinds_of_recipients(const Json& selected) {
  std::vector<CommandTarget> kinds;
  for (const Json& group : array_member(selected, "groups")) {
    kinds.push_back(kind_of(group));
  }
  return kinds;
}

std::optional<CommandResult> unless_permitted(Session& session, const std::string& request_type,
                                              RecipientOptions& options,
                                              const std::vector<std::string>& names, bool yes,
                                              const Json& selected) {
  const bool takes_away = is_destructive(request_type);
  if (!takes_away && !options.named.all) {
    return std::nullopt;
  }
  const Consequence consequence = consequence_of(request_type, options, names, selected);
  const bool can_ask = !yes && session.surroundings().in_is_terminal;
  if (takes_away && options.are_found() && options.expect_count < 0 && !can_ask) {
    return CommandResult::usage(consequence.doing + ": " + consequence.what,
                                "look at it with --dry-run, and add --yes --expect-count N, the "
                                "number of devices that are meant");
  }
  if (selected.is_null() && can_ask) {
    return std::nullopt;  // asked once it is known how many there are
  }
  if (takes_away && integer_member(selected, "stale") > 0) {
    return CommandResult(Error{ErrorCode::conflict,
                               "send " + request_type + ": " + stale_in_words(options, selected),
                               "send DeviceInformation to them first, or allow older facts with "
                               "--max-age; --dry-run shows them"});
  }
  if (auto refused = unless_confirmed(session, yes, consequence)) {
    return refused;
  }
  if (takes_away && options.are_found() && options.expect_count < 0 &&
      selected.contains("matched")) {
    options.expect_count = integer_member(selected, "matched");
  }
  return std::nullopt;
}

CommandResult show_selected(Session& session, ApiClient& api, const RecipientOptions& options,
                            Json what) {
  const bool table = session.output().format() == OutputFormat::table;
  TRY_ASSIGN(const Json first,
             ask_recipients(api, options, {}, table ? shown_at_most : selected_page, ""));
  const std::int64_t matched = integer_member(first, "matched");
  if (table) {
    session.note("would send this " + text_member(what, "request_type") + " to " +
                 devices_in_words(matched));
    note_stale(session, options, first);
    const Json devices = array_member(first, "enrollments");
    session.output().list(devices, selected_columns());
    if (matched > static_cast<std::int64_t>(devices.size())) {
      session.note("and " + devices_in_words(matched - static_cast<std::int64_t>(devices.size())) +
                   " more; -o ndjson prints all");
    }
    return ExitCode::would_change;
  }
  Json devices = array_member(first, "enrollments");
  TRY(take_other_pages(api, options, text_member(first, "next_cursor"), devices));
  what["matched"] = matched;
  what["stale"] = integer_member(first, "stale");
  what["devices"] = std::move(devices);
  session.output().record(what);
  return ExitCode::would_change;
}

void note_stale(Session& session, const RecipientOptions& options, const Json& selected) {
  if (integer_member(selected, "stale") > 0) {
    session.note(stale_in_words(options, selected));
  }
}

}  // namespace bramley
