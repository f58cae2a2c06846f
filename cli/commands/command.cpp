#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command_report.h"
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
        .parameter("since", *since);
    if (!options.status.empty()) {
      list.filter = [&](const Json& command) {
        return integer_member(command, options.status) > 0;
      };
    }
    return print_server_list(session, api, list);
  });
}

struct ResultsOptions {
  std::string uuid;
  std::string device;
  bool plist = false;
  ListPart part;
};

CommandResult show_result(Session& session, const ResultsOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path{"/api/v1/commands"};
    path.segment(options.uuid).segment("results").segment(options.device);
    if (options.plist) {
      path.segment("report");
      TRY_ASSIGN(const HttpResponse response, api.send("GET", path.path, {}, {}));
      if (response.status != 200) {
        return api.error_of("GET", path.path, response);
      }
      session.output().raw(response.body);
      return ExitCode::done;
    }
    TRY_ASSIGN(const Json result, api.get(path));
    if (session.output().format() == OutputFormat::table) {
      session.output().text(command_report_text(result, session.output().width()));
    } else {
      session.output().record(result);
    }
    return ExitCode::done;
  });
}

CommandResult show_results(Session& session, const ResultsOptions& options) {
  if (!options.device.empty()) {
    return show_result(session, options);
  }
  if (options.plist) {
    return CommandResult::usage("--plist is one device's report", "name it with --device ID");
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ServerList list{
        .path = {"/api/v1/commands"}, .plural = "results", .columns = {}, .part = options.part};
    list.path.segment(options.uuid).segment("results");
    if (session.output().format() != OutputFormat::table) {
      return print_server_list(session, api, list);
    }
    bool first = true;
    TRY(walk_server_list(session, api, list, [&](const Json& page) {
      for (const Json& result : page) {
        session.output().text((first ? "" : "\n") +
                              command_report_text(result, session.output().width()));
        first = false;
      }
      return true;
    }));
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
             .choices = {"pending", "stuck", "acknowledged", "failed", "cleared", "expired",
                         "cancelled"}},
            options->status);
  list.flag({.name = "since",
             .value = "WHEN",
             .help = "Only those sent since then: a duration (24h, 7d) or a time (RFC 3339)"},
            options->since);
  add_list_flags(list, options->part);
  list.run([options](Session& session) { return list_commands(session, *options); });
}

void add_results(CommandNode& command) {
  auto options = std::make_shared<ResultsOptions>();
  CommandNode& results = command.add("results", "Show what devices answered to a command");
  results.talks_to_server().prints_data();
  results.positional({.name = "UUID", .help = "The command's UUID, as 'command send' printed it"},
                     options->uuid);
  results.describe(
      "Large reports are left out of the list: --device fetches one, and --plist writes it as it "
      "came, whatever its size.");
  results.flag({.name = "device", .value = "ID", .help = "Only this device's answer"},
               options->device);
  results.flag({.name = "plist", .help = "Write the device's property list, byte for byte"},
               options->plist);
  add_list_flags(results, options->part);
  results.run([options](Session& session) { return show_results(session, *options); });
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
  add_results(command);
  add_queue(command);
  add_command_cancel(command);
}

}  // namespace bramley
