#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ListOptions {
  std::string device;
  std::string type;
  std::string status;
  std::string since;
  ListPart part;
};

// A time, or how long ago.
Result<std::string> since_when(const Session& session, const std::string& text) {
  if (text.empty()) {
    return std::string();
  }
  if (const auto ago = parse_duration(text)) {
    return format_rfc3339(session.clock().now() - *ago);
  }
  if (const auto time = parse_rfc3339(text)) {
    return format_rfc3339(*time);
  }
  return Error{ErrorCode::malformed, "--since: neither a duration nor a time",
               "24h, 7d, or 2026-11-24T03:06:13Z"};
}

CommandResult list_commands(Session& session, const ListOptions& options) {
  auto since = since_when(session, options.since);
  if (!since) {
    return CommandResult::usage(std::move(since).error());
  }
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = {"/api/v1/commands"},
                    .plural = "commands",
                    .columns = {{"UUID", "id"},
                                {"TYPE", "request_type"},
                                {"SENT", "created_at"},
                                {"TARGETS", "targets"},
                                {"PENDING", "pending"},
                                {"DONE", "acknowledged"},
                                {"FAILED", "failed"},
                                {"CLEARED", "cleared"},
                                {"EXPIRED", "expired"},
                                {"CANCELLED", "cancelled"}},
                    .part = options.part};
    list.path.parameter("device", options.device)
        .parameter("type", options.type)
        .parameter("since", *since)
        .parameter("status", options.status);
    return print_server_list(session, api, list);
  });
}

CommandResult show_command(Session& session, const std::string& uuid) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path{"/api/v1/commands"};
    TRY_ASSIGN(Json command, api.get(path.segment(uuid)));
    session.output().record(command);
    return ExitCode::done;
  });
}

CommandResult show_queue(Session& session, const std::string& device, const ListPart& part) {
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = {"/api/v1/enrollments"},
                    .plural = "commands",
                    .columns = {{"UUID", "command_uuid"},
                                {"TYPE", "request_type"},
                                {"STATE", "state"},
                                {"UNANSWERED", "unanswered"},
                                {"QUEUED", "queued_at"},
                                {"ANSWERED", "reported_at"}},
                    .part = part};
    list.path.segment(device).segment("queue");
    return print_server_list(session, api, list);
  });
}

void add_list(CommandNode& command) {
  auto options = std::make_shared<ListOptions>();
  CommandNode& list = command.add("list", "List commands that were sent, newest first");
  list.talks_to_server().prints_data();
  list.flag({.name = "device", .value = "ID", .help = "Only those sent to this enrollment"},
            options->device);
  list.flag({.name = "type", .value = "TYPE", .help = "Only those of this request type"},
            options->type);
  list.flag({.name = "status",
             .value = "STATUS",
             .help = "Only those with a target in this state",
             .choices = {"pending", "not_now", "stuck", "acknowledged", "failed", "cleared",
                         "expired", "cancelled"}},
            options->status);
  list.flag({.name = "since",
             .value = "WHEN",
             .help = "Only those sent since then: a duration (24h, 7d) or a time (RFC 3339)"},
            options->since);
  add_list_flags(list, options->part);
  list.run([options](Session& session) { return list_commands(session, *options); });
}

void add_show(CommandNode& command) {
  auto uuid = std::make_shared<std::string>();
  CommandNode& show = command.add("show", "Show a command that was sent, and how far it has come");
  show.describe(
      "PENDING are the devices that it waits for; those that put it off (NotNow), and those that "
      "were given it many times and never answered (stuck), are among them.");
  show.talks_to_server().prints_data();
  show.positional({.name = "UUID", .help = "The command's UUID, as 'command send' printed it"},
                  *uuid);
  show.run([uuid](Session& session) { return show_command(session, *uuid); });
}

void add_queue(CommandNode& command) {
  auto device = std::make_shared<std::string>();
  auto part = std::make_shared<ListPart>();
  CommandNode& queue = command.add("queue", "Show what waits for a device");
  queue.describe(
      "In the order in which the device will be offered it. UNANSWERED: how often it was given the "
      "command since its last answer; after ten times the command is stuck and waits behind all "
      "others.");
  queue.talks_to_server().prints_data();
  queue.flag({.name = "device",
              .value = "ID",
              .help = "The enrollment's id",
              .need = FlagSpec::Need::required},
             *device);
  add_list_flags(queue, *part);
  queue.run([device, part](Session& session) { return show_queue(session, *device, *part); });
}

}  // namespace

void add_command(CommandNode& root) {
  CommandNode& command = root.add("command", "Commands to devices, and their answers");
  add_command_types(command);
  add_command_explain(command);
  add_command_build(command);
  add_command_validate(command);
  add_command_send(command);
  add_list(command);
  add_show(command);
  add_command_results(command);
  add_queue(command);
  add_command_cancel(command);
}

}  // namespace bramley
