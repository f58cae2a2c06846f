#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/commands/device_actions.h"
#include "cli/connection.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ListOptions {
  std::string state;
  std::string device;
  ListPart part;
};
struct RenewOptions {
  std::vector<std::string> ids;
  bool dry_run = false;
};

std::vector<Column> renewal_columns() {
  return {{"ID", "id"},
          {"STATE", "state"},
          {"ORIGIN", "origin"},
          {"ATTEMPTS", "attempts"},
          {"IDENTITY ENDS", "identity_not_after"},
          {"NEXT", "next_at"},
          {"ERROR", "error"}};
}

CommandResult list_renewals(Session& session, const ListOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = {"/api/v1/renewals"},
                    .plural = "renewals",
                    .columns = renewal_columns(),
                    .part = options.part};
    list.path.parameter("state", options.state).parameter("device", options.device);
    return print_server_list(session, api, list);
  });
}

CommandNode& add_action(CommandNode& device, std::string name, std::string summary,
                        const std::shared_ptr<RenewOptions>& options) {
  CommandNode& node = device.add(std::move(name), std::move(summary));
  node.talks_to_server().prints_data();
  node.positional({.name = "ID", .help = "The devices' ids"}, options->ids);
  node.flag({.name = "dry-run", .help = "Only ask whether the devices are known"},
            options->dry_run);
  return node;
}

void add_actions(CommandNode& device) {
  auto to_renew = std::make_shared<RenewOptions>();
  CommandNode& renewal =
      add_action(device, "renew", "Renew the identities of devices now", to_renew);
  renewal.describe(
      "Sends each device its enrollment profile again, with a new one-time challenge, so that it "
      "gets a new certificate. Nothing else about its enrollment changes. Servers do so by "
      "themselves before certificates end ('bramley serve --renew-before').");
  renewal.run([to_renew](Session& session) {
    return act_on_devices(session, to_renew->ids, to_renew->dry_run,
                          {"renewal", "renew the identity of", renewal_columns()});
  });
  auto to_approve = std::make_shared<RenewOptions>();
  CommandNode& approval =
      add_action(device, "approve", "Let enrolled devices enroll once more", to_approve);
  approval.describe(
      "A server that was started with --re-enroll approve refuses an enrolled device that comes "
      "with another key, as one does that was wiped. This lets it in: once, within a day.");
  approval.run([to_approve](Session& session) {
    return act_on_devices(
        session, to_approve->ids, to_approve->dry_run,
        {"approval", "approve", {{"ID", "id"}, {"APPROVED UNTIL", "approved_until"}}});
  });
}

}  // namespace

void add_device_renewals(CommandNode& device) {
  auto options = std::make_shared<ListOptions>();
  CommandNode& list = device.add("renewals", "List renewals of device identities");
  list.describe(
      "One a device: the renewal that is under way, or the last one. A renewal is due, then sent; "
      "proving once the device acknowledged it, proven once the new certificate is used too, and "
      "done when the old one is revoked, seven days later. One that failed is tried again.");
  list.talks_to_server().prints_data();
  list.flag({.name = "state",
             .value = "STATE",
             .help = "Only those in this state",
             .choices = {"due", "sent", "failed", "proving", "proven", "done", "cancelled"}},
            options->state);
  list.flag({.name = "device", .value = "ID", .help = "Only this device's"}, options->device);
  add_list_flags(list, options->part);
  list.run([options](Session& session) { return list_renewals(session, *options); });
  add_actions(device);
}

}  // namespace bramley
