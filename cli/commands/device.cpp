#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/device_actions.h"
#include "cli/commands/device_delete.h"
#include "cli/commands/device_show.h"
#include "cli/confirmation.h"
#include "cli/connection.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ListOptions {
  std::string state;
  std::string type;
  std::string serial;
  std::string device;
  std::string platform;
  std::string select;
  ListPart part;
};

CommandResult list_devices(Session& session, const ListOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = {"/api/v1/enrollments"},
                    .plural = "enrollments",
                    .columns = {{"ID", "id"},
                                {"TYPE", "type"},
                                {"STATE", "state"},
                                {"NAME", "device_name"},
                                {"SERIAL", "serial_number"},
                                {"PLATFORM", "platform"},
                                {"OS", "os_version"},
                                {"LAST SEEN", "last_seen_at"}},
                    .part = options.part};
    list.path.parameter("state", options.state)
        .parameter("type", options.type)
        .parameter("serial_number", options.serial)
        .parameter("device", options.device)
        .parameter("platform", options.platform)
        .parameter("select", options.select);
    return print_server_list(session, api, list);
  });
}

// One of the decisions about devices: all are asked about first, so that one that is not known
// stops the command before anything has changed.
struct DecisionOptions {
  std::vector<std::string> ids;
  bool yes = false;
  bool on_next_contact = false;
  bool dry_run = false;
};
CommandResult decide(Session& session, const DecisionOptions& options, std::string_view decision) {
  return act_on_devices(
      session, options.ids, options.dry_run,
      {decision, decision, {{"ID", "id"}, {"STATE", "state"}, {"DISMISSAL", "dismissal"}}});
}

CommandResult unenroll(Session& session, const DecisionOptions& options) {
  if (!options.on_next_contact) {
    return CommandResult::usage(
        Error{ErrorCode::malformed, "unenroll devices: say when",
              "--on-next-contact tells them when they connect next; to remove the profile by a "
              "command, send RemoveProfile with 'bramley command send'"});
  }
  const Consequence consequence{"unenroll " + std::to_string(options.ids.size()) + " device(s)",
                                "they lose all that was managed on them", "Go on?"};
  if (auto refused = unless_confirmed(session, options.yes || options.dry_run, consequence)) {
    return *std::move(refused);
  }
  return decide(session, options, "unenroll");
}

CommandNode& add_decision(CommandNode& device, std::string name, std::string summary,
                          const std::shared_ptr<DecisionOptions>& options) {
  CommandNode& node = device.add(std::move(name), std::move(summary));
  node.talks_to_server().prints_data();
  node.positional({.name = "ID", .help = "The devices' ids"}, options->ids);
  node.flag({.name = "dry-run", .help = "Only ask whether the devices are known"},
            options->dry_run);
  return node;
}

void add_decisions(CommandNode& device) {
  auto options = std::make_shared<DecisionOptions>();
  CommandNode& leave =
      add_decision(device, "unenroll", "Make devices remove their management", options);
  leave.describe(
      "A device that connects is answered that it is unknown (Apple's "
      "com.apple.unrecognized.device), and removes its management with all that came by it. It may "
      "enroll again. 'device unblock' takes the decision back as long as the device has not come.");
  leave.flag({.name = "on-next-contact", .help = "When it connects next, whenever that is"},
             options->on_next_contact);
  leave.flag({.name = "yes", .help = "Do not ask back: what is removed does not return"},
             options->yes);
  leave.run([options](Session& session) { return unenroll(session, *options); });
  auto to_block = std::make_shared<DecisionOptions>();
  CommandNode& block =
      add_decision(device, "block", "Shut devices out until they are unblocked", to_block);
  block.describe(
      "A blocked device is told to remove its management as by 'device unenroll', and cannot "
      "enroll again.");
  block.run([to_block](Session& session) { return decide(session, *to_block, "block"); });
  auto to_unblock = std::make_shared<DecisionOptions>();
  CommandNode& unblock = add_decision(device, "unblock", "Let devices enroll again", to_unblock);
  unblock.run([to_unblock](Session& session) { return decide(session, *to_unblock, "unblock"); });
}

void add_users(CommandNode& device) {
  auto options = std::make_shared<ListOptions>();
  CommandNode& users = device.add("users", "List the users of a device");
  users.describe("Their ids are what commands for them are sent to.");
  users.talks_to_server().prints_data();
  users.positional({.name = "ID", .help = "The device's id"}, options->device);
  add_list_flags(users, options->part);
  users.run([options](Session& session) {
    return with_server(session, [&](ApiClient& api) {
      ServerList list{.path = {"/api/v1/enrollments"},
                      .plural = "enrollments",
                      .columns = {{"ID", "id"},
                                  {"TYPE", "type"},
                                  {"STATE", "state"},
                                  {"NAME", "user_short_name"},
                                  {"FULL NAME", "user_long_name"},
                                  {"LAST SEEN", "last_seen_at"}},
                      .part = options->part};
      list.path.parameter("device", options->device);
      list.filter = [](const Json& item) { return item.at("id") != item.at("device_id"); };
      return print_server_list(session, api, list);
    });
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
  list.flag({.name = "platform",
             .value = "NAME",
             .help = "Only devices that run this system",
             .choices = {"macOS", "iOS", "iPadOS", "tvOS", "visionOS", "watchOS"}},
            options->platform);
  list.flag(
      {.name = "select",
       .value = "EXPR",
       .help = "Only those that an expression over their facts matches, as for 'command send'"},
      options->select);
  add_list_flags(list, options->part);
  list.example("bramley device list --select 'platform == \"macOS\" && last_seen < ago(\"7d\")'",
               "The Macs that were not heard of for a week.");
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
  add_users(device);
  add_decisions(device);
  add_device_delete(device);
  add_device_renewals(device);
  add_device_show(device);
}

}  // namespace bramley
