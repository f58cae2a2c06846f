#include "cli/commands/device_delete.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/confirmation.h"
#include "cli/connection.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct DeleteOptions {
  std::vector<std::string> ids;
  bool yes = false;
  bool dry_run = false;
};

ApiPath path_of(const std::string& id) {
  ApiPath path{"/api/v1/enrollments"};
  path.segment(id);
  return path;
}

// All are asked about first, so that one that cannot go stops the command before anything is gone.
Status check_that_they_may_go(ApiClient& api, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    TRY_ASSIGN(const Json known, api.get(path_of(id)));
    if (text_member(known, "state") == "enrolled") {
      return Error{ErrorCode::conflict, "delete " + id + ": it is enrolled",
                   "unenroll it first: bramley device unenroll " + id + " --on-next-contact"};
    }
    if (text_member(known, "dismissal") == "block") {
      return Error{ErrorCode::conflict,
                   "delete " + id + ": it is blocked, which would be forgotten",
                   "unblock it first: bramley device unblock " + id};
    }
  }
  return {};
}

Status send_delete(ApiClient& api, const std::string& id) {
  const ApiPath path = path_of(id);
  TRY_ASSIGN(const HttpResponse response, api.send("DELETE", path.path, {}, {}));
  return response.status == 204 ? Status() : Status(api.error_of("DELETE", path.path, response));
}

void print_deleted(Session& session, const Json& deleted) {
  session.output().list(deleted, {{"ID", "id"}, {"STATE", "state"}});
}

CommandResult delete_devices(Session& session, const DeleteOptions& options) {
  const Consequence consequence{"delete " + std::to_string(options.ids.size()) + " device(s)",
                                "what is known of them does not come back", "Go on?"};
  if (auto refused = unless_confirmed(session, options.yes || options.dry_run, consequence)) {
    return *std::move(refused);
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY(check_that_they_may_go(api, options.ids));
    if (options.dry_run) {
      return would_change(session, "delete " + std::to_string(options.ids.size()) + " device(s)");
    }
    Json deleted = Json::array();
    for (const std::string& id : options.ids) {
      if (auto gone = send_delete(api, id); !gone) {
        print_deleted(session, deleted);
        return {deleted.empty() ? exit_code_for(gone.error().code) : ExitCode::partly_done,
                std::move(gone).error().while_doing(id)};
      }
      deleted.push_back({{"id", id}, {"state", "deleted"}});
    }
    print_deleted(session, deleted);
    return ExitCode::done;
  });
}

}  // namespace

void add_device_delete(CommandNode& device) {
  auto options = std::make_shared<DeleteOptions>();
  CommandNode& node = device.add("delete", "Forget devices that are not enrolled any more");
  node.describe(
      "Removes the device with its users, what waited for them, their answers to commands, and the "
      "secrets that were kept for them. Certificates of theirs stay bound to the device's id, so "
      "that they never speak for another. A device that is enrolled is refused, and so is one that "
      "is blocked.");
  node.talks_to_server().prints_data();
  node.positional({.name = "ID", .help = "The ids of devices, or of users on them"}, options->ids);
  node.flag({.name = "dry-run", .help = "Only ask whether they may go"}, options->dry_run);
  node.flag({.name = "yes", .help = "Do not ask back: what is removed does not return"},
            options->yes);
  node.run([options](Session& session) { return delete_devices(session, *options); });
}

}  // namespace bramley
