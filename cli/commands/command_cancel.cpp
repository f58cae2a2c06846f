#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct CancelOptions {
  std::string uuid;
  std::string device;
  bool all = false;
  bool dry_run = false;
};

std::string intent(const CancelOptions& options) {
  if (options.all) {
    return "take back everything that waits for " + options.device;
  }
  return "take " + options.uuid + " back from " +
         (options.device.empty() ? "every device that it waits for" : options.device);
}

Result<HttpResponse> send_delete(ApiClient& api, const ApiPath& path) {
  TRY_ASSIGN(HttpResponse response, api.send("DELETE", path.path, {}, {}));
  if (response.status != 200 && response.status != 204) {
    return api.error_of("DELETE", path.path, response);
  }
  return response;
}

CommandResult cancel_queue(Session& session, ApiClient& api, const CancelOptions& options) {
  ApiPath path{"/api/v1/enrollments"};
  path.segment(options.device).segment("queue");
  TRY(send_delete(api, path));
  session.output().record({{"device", options.device}, {"waiting", 0}});
  return ExitCode::done;
}

CommandResult cancel_command(Session& session, ApiClient& api, const CancelOptions& options) {
  ApiPath path{"/api/v1/commands"};
  path.segment(options.uuid).parameter("device", options.device);
  TRY_ASSIGN(const HttpResponse response, send_delete(api, path));
  auto answer = parse_json(as_text(response.body));
  if (!answer || !answer->is_object()) {
    return Error{ErrorCode::unavailable, "DELETE " + path.path + ": the server answered no JSON"};
  }
  if (session.output().format() != OutputFormat::table) {
    session.output().record(*answer);
    return ExitCode::done;
  }
  const Json command = any_member(*answer, "command");
  session.output().record({{"command_uuid", options.uuid},
                           {"cancelled_now", integer_member(*answer, "cancelled")},
                           {"still_waiting", integer_member(command, "pending")}});
  if (integer_member(*answer, "cancelled") == 0) {
    session.note("it waited for nobody; 'bramley command results " + options.uuid +
                 "' shows what became of it");
  }
  return ExitCode::done;
}

CommandResult cancel(Session& session, const CancelOptions& options) {
  if (options.all == !options.uuid.empty()) {
    return CommandResult::usage("name a command's UUID, or --all with --device ID");
  }
  if (options.all && options.device.empty()) {
    return CommandResult::usage("--all is all that waits for one device",
                                "name it with --device ID");
  }
  if (options.dry_run) {
    return would_change(session, intent(options));
  }
  return with_server(session, [&](ApiClient& api) {
    return options.all ? cancel_queue(session, api, options)
                       : cancel_command(session, api, options);
  });
}

}  // namespace

void add_command_cancel(CommandNode& command) {
  auto options = std::make_shared<CancelOptions>();
  CommandNode& node = command.add("cancel", "Take back commands that still wait");
  node.describe(
      "A device that was given the command already may do it all the same; its answer is then "
      "taken down as if nothing had been cancelled.");
  node.talks_to_server().prints_data();
  node.positional({.name = "UUID",
                   .help = "The command's UUID, as 'command send' printed it",
                   .need = PositionalSpec::Need::optional},
                  options->uuid);
  node.flag({.name = "device", .value = "ID", .help = "Only for this enrollment"}, options->device);
  node.flag({.name = "all", .help = "All that waits for the enrollment of --device"}, options->all);
  node.flag({.name = "dry-run", .help = "Say what would be taken back (exit 8)"}, options->dry_run);
  node.example("bramley command cancel 5C1E1F0A-8A43-4E0B-9D0C-6F1E2D3C4B5A",
               "From all devices that have not answered it.");
  node.example("bramley command cancel --all --device 0000-ABCD", "Empty a device's queue.");
  node.run([options](Session& session) { return cancel(session, *options); });
}

}  // namespace bramley
