#include "cli/commands/device_show.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/connection.h"
#include "cli/session.h"

namespace bramley {
namespace {

// "3h ago", in the largest unit that it fills.
std::string age_in_words(std::chrono::seconds age) {
  struct Unit {
    std::int64_t seconds;
    char letter;
  };
  constexpr Unit units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
  for (const auto& [seconds, letter] : units) {
    if (age.count() >= seconds) {
      return std::to_string(age.count() / seconds) + letter + " ago";
    }
  }
  return "just now";
}

// For people: what each fact is, and how old.
Json facts_in_words(const Json& facts, Timestamp now) {
  Json shown = Json::object();
  for (const auto& [name, fact] : facts.items()) {
    const Json value = any_member(fact, "value");
    const std::string as_of = text_member(fact, "as_of");
    std::string age = "unknown since when";
    if (const auto time = parse_rfc3339(as_of)) {
      age = age_in_words(now - *time);
    }
    std::string text = value.is_string()    ? value.get<std::string>()
                       : value.is_boolean() ? (value.get<bool>() ? "yes" : "no")
                                            : write_json(value, -1);
    // These are times of the server's own: they are what they are as of.
    if (text != as_of) {
      text.append("  (").append(age).append(")");
    }
    shown[name] = std::move(text);
  }
  return shown;
}

// The device with this serial number: of several the one that has not checked out.
Result<Json> find_by_serial(ApiClient& api, const std::string& serial, Error not_found) {
  ApiPath path{"/api/v1/enrollments"};
  TRY_ASSIGN(const Json page, api.get(path.parameter("serial_number", serial)));
  Json staying = Json::array();
  Json gone = Json::array();
  for (const Json& item : array_member(page, "enrollments")) {
    const bool is_device = text_member(item, "id") == text_member(item, "device_id");
    if (is_device && text_member(item, "serial_number") == serial) {
      (text_member(item, "state") == "checked_out" ? gone : staying).push_back(item);
    }
  }
  const Json& found = staying.empty() ? gone : staying;
  if (found.empty()) {
    return not_found;
  }
  if (found.size() > 1) {
    std::string ids;
    for (const Json& item : found) {
      ids += (ids.empty() ? "" : ", ") + text_member(item, "id");
    }
    return Error{ErrorCode::conflict, "serial number " + serial + " is that of several: " + ids,
                 "name one of them by its id"};
  }
  return found.front();
}

Result<Json> find_device(ApiClient& api, const std::string& name) {
  ApiPath path{"/api/v1/enrollments"};
  auto enrollment = api.get(path.segment(name));
  if (enrollment || enrollment.error().code != ErrorCode::not_found) {
    return enrollment;
  }
  return find_by_serial(api, name, std::move(enrollment).error());
}

CommandResult show_device(Session& session, const std::string& name) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY_ASSIGN(Json enrollment, find_device(api, name));
    if (session.output().format() == OutputFormat::table) {
      const Json facts = any_member(enrollment, "facts");
      if (facts.is_object()) {
        enrollment["facts"] = facts_in_words(facts, session.clock().now());
      }
    }
    session.output().record(enrollment);
    return ExitCode::done;
  });
}

}  // namespace

void add_device_show(CommandNode& device) {
  auto name = std::make_shared<std::string>();
  CommandNode& show = device.add("show", "Show one enrollment, and what is known of its device");
  show.describe(
      "Facts are learnt when a device enrolls, and from its answers to DeviceInformation and "
      "SecurityInfo; each is shown with the time since. 'bramley serve --inventory-every 24h' asks "
      "for them. They are what --select of 'command send' and 'device list' compares.");
  show.talks_to_server().prints_data();
  show.positional(
      {.name = "ID|SERIAL", .help = "The enrollment's id, or the serial number of a device"},
      *name);
  show.run([name](Session& session) { return show_device(session, *name); });
}

}  // namespace bramley
