#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ListOptions {
  std::string state;
  std::string type;
  std::string serial;
  std::string device;
  std::int64_t limit = 0;
};

CommandResult list_devices(Session& session, const ListOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = {"/api/v1/enrollments"},
                    .plural = "enrollments",
                    .columns = {{"ID", "id"},
                                {"TYPE", "type"},
                                {"STATE", "state"},
                                {"SERIAL", "serial_number"},
                                {"NAME", "device_name"},
                                {"MODEL", "model_name"},
                                {"OS", "os_version"},
                                {"LAST SEEN", "last_seen_at"}},
                    .limit = options.limit};
    list.path.parameter("state", options.state)
        .parameter("type", options.type)
        .parameter("serial", options.serial)
        .parameter("device", options.device);
    return print_server_list(session, api, list);
  });
}

CommandResult show_device(Session& session, const std::string& id) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path{"/api/v1/enrollments"};
    TRY_ASSIGN(const Json enrollment, api.get(path.segment(id)));
    session.output().record(enrollment);
    return ExitCode::done;
  });
}

void add_list(CommandNode& device) {
  auto options = std::make_shared<ListOptions>();
  CommandNode& list = device.add("list", "List what is enrolled");
  list.talks_to_server().prints_data();
  list.flag({.name = "state",
             .value = "STATE",
             .help = "Only those in this state",
             .choices = {"pending", "enrolled", "checked_out"}},
            options->state);
  list.flag(
      {.name = "type",
       .value = "TYPE",
       .help = "Only enrollments of this type",
       .choices = {"device", "user", "shared_ipad", "user_enrollment_device", "user_enrollment"}},
      options->type);
  list.flag(
      {.name = "serial", .value = "SERIAL", .help = "Only the device with this serial number"},
      options->serial);
  list.flag({.name = "device", .value = "ID", .help = "Only this device and its users"},
            options->device);
  add_limit_flag(list, options->limit);
  list.example("bramley device list --state enrolled -o ndjson | jq -r .id",
               "The ids of all devices that can be managed, one a line.");
  list.run([options](Session& session) { return list_devices(session, *options); });
}

}  // namespace

void add_device(CommandNode& root) {
  CommandNode& device = root.add("device", "Enrolled devices and their users");
  device.describe(
      "A device is known by its id, the UDID that it enrolled with; a user on it by the device's "
      "id, a colon and the user's id. An enrollment is pending once the device has said who it is, "
      "enrolled once it can be managed, and checked_out after its goodbye.");
  add_list(device);
  auto id = std::make_shared<std::string>();
  CommandNode& show = device.add("show", "Show one enrollment");
  show.talks_to_server().prints_data();
  show.positional({.name = "ID", .help = "The enrollment's id"}, *id);
  show.run([id](Session& session) { return show_device(session, *id); });
}

}  // namespace bramley
