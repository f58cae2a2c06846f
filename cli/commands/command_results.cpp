#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command_report.h"
#include "cli/command_waiting.h"
#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/result_printer.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ResultsOptions {
  std::string uuid;
  std::string device;
  std::string status;
  bool plist = false;
  bool wait = false;
  bool fail_fast = false;
  ResultView view;
  ListPart part;
};

ApiPath path_of(const ResultsOptions& options) {
  ApiPath path{"/api/v1/commands"};
  path.segment(options.uuid).segment("results");
  return path;
}

CommandResult show_plist(Session& session, const ResultsOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path = path_of(options);
    path.segment(options.device).segment("report");
    TRY_ASSIGN(const HttpResponse response, api.send("GET", path.path, {}, {}));
    if (response.status != 200) {
      return api.error_of("GET", path.path, response);
    }
    session.output().raw(response.body);
    return ExitCode::done;
  });
}

CommandResult show_one(Session& session, const ResultsOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path = path_of(options);
    TRY_ASSIGN(const Json result, api.get(path.segment(options.device)));
    if (session.output().format() == OutputFormat::table) {
      session.output().text(
          command_report_text(result, session.output().width(),
                              options.view.show_secrets ? Secrets::shown : Secrets::hidden));
    } else {
      session.output().record(result);
    }
    return ExitCode::done;
  });
}

CommandResult show_all(Session& session, const ResultsOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ServerList list{
        .path = path_of(options), .plural = "results", .columns = {}, .part = options.part};
    list.path.parameter("status", options.status);
    // A summary of a part would say little.
    if (options.view.summary && list.part.limit == 0) {
      list.part.all = true;
    }
    ResultPrinter printer(session, options.view);
    const Status listed = walk_server_list(session, api, list, [&](const Json& page) {
      for (const Json& result : page) {
        printer.add(result);
      }
      return true;
    });
    if (!listed) {
      printer.abandon();
      return listed.error();
    }
    printer.finish();
    return ExitCode::done;
  });
}

CommandResult wait_for_all(Session& session, const ResultsOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    ApiPath path{"/api/v1/commands"};
    TRY_ASSIGN(const Json command, api.get(path.segment(options.uuid)));
    return wait_for_results(session, api,
                            {.uuid = options.uuid,
                             .request_type = text_member(command, "request_type"),
                             .targets = integer_member(command, "targets")},
                            options.view, options.fail_fast);
  });
}

CommandResult show_results(Session& session, const ResultsOptions& options) {
  const bool is_part = !options.status.empty() || options.part.limit != 0 ||
                       !options.part.cursor.empty() || options.part.all;
  if (options.wait && (!options.device.empty() || options.plist || is_part)) {
    return CommandResult::usage(
        "--wait shows every device's answer",
        "leave out --device, --plist, --status, --limit, --cursor and --all");
  }
  if (options.fail_fast && !options.wait) {
    return CommandResult::usage("--fail-fast needs --wait");
  }
  if (Status checked = check_list_part(options.part); !checked) {
    return CommandResult::usage(std::move(checked).error());
  }
  if (options.wait) {
    return wait_for_all(session, options);
  }
  if (options.device.empty()) {
    return options.plist
               ? CommandResult::usage("--plist is one device's report", "name it with --device ID")
               : show_all(session, options);
  }
  return options.plist ? show_plist(session, options) : show_one(session, options);
}

void add_flags(CommandNode& results, ResultsOptions& options) {
  results.positional({.name = "UUID", .help = "The command's UUID, as 'command send' printed it"},
                     options.uuid);
  results.flag({.name = "device", .value = "ID", .help = "Only this device's answer"},
               options.device);
  results.flag({.name = "plist", .help = "Write the device's property list, byte for byte"},
               options.plist);
  results.flag({.name = "status",
                .value = "STATUS",
                .help = "Only of devices in this state; pending are all that it waits for",
                .choices = {"pending", "not_now", "stuck", "acknowledged", "failed", "cleared",
                            "expired", "cancelled"}},
               options.status);
  add_result_view_flags(results, options.view);
  results.flag({.name = "wait",
                .help = "Wait until all have answered, for --timeout at most: the answers that are "
                        "there already come first"},
               options.wait);
  results.flag({.name = "fail-fast", .help = "With --wait: stop at the first device that fails"},
               options.fail_fast);
  add_list_flags(results, options.part);
}

}  // namespace

void add_command_results(CommandNode& command) {
  auto options = std::make_shared<ResultsOptions>();
  CommandNode& results = command.add("results", "Show what devices answered to a command");
  results.talks_to_server().prints_data();
  results.describe(
      "Large reports are left out of the list: --device fetches one, and --plist writes it as it "
      "came, whatever its size.\n\n"
      "--wait goes on where 'command send --wait' was interrupted or ran out of time; its exit "
      "codes are the same: 0 when all devices acknowledged, 1 when none did, 3 when some did, 6 "
      "when the time was over.");
  add_flags(results, *options);
  results.example("bramley command results 0f9a3c1e-5f0b-4a52-9d3f-2b1f6a7c8d90 --status failed",
                  "Only what went wrong, device by device.");
  results.example("bramley command results 0f9a3c1e-5f0b-4a52-9d3f-2b1f6a7c8d90 --summary",
                  "How many said the same.");
  results.example(
      "bramley command results 0f9a3c1e-5f0b-4a52-9d3f-2b1f6a7c8d90 --wait --timeout 1h",
      "Go on waiting for a command that was sent before.");
  results.run([options](Session& session) { return show_results(session, *options); });
}

}  // namespace bramley
