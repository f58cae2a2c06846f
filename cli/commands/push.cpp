#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct PushOptions {
  std::vector<std::string> ids;
  bool dry_run = false;
};

// A row for each id: what the server said of it, or that its push went out.
Json outcome_rows(const std::vector<std::string>& ids, const Json& errors) {
  Json rows = Json::array();
  for (const std::string& id : ids) {
    std::string outcome = "sent";
    for (const Json& error : errors) {
      if (text_member(error, "id") == id) {
        outcome = text_member(error, "message");
      }
    }
    rows.push_back({{"id", id}, {"push", outcome}});
  }
  return rows;
}

CommandResult send_pushes(Session& session, const PushOptions& options) {
  if (options.dry_run) {
    return would_change(session, "push to " + std::to_string(options.ids.size()) + " enrollments");
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY_ASSIGN(const Json answer, api.post({"/api/v1/push"}, {{"targets", options.ids}}));
    const Json errors = array_member(answer, "errors");
    if (session.output().format() == OutputFormat::table) {
      session.output().list(outcome_rows(options.ids, errors), {{"ID", "id"}, {"PUSH", "push"}});
    } else {
      session.output().record(answer);
    }
    if (errors.empty()) {
      return ExitCode::done;
    }
    const bool none = errors.size() >= options.ids.size();
    return {none ? ExitCode::failed : ExitCode::partly_done,
            Error{ErrorCode::unavailable, "" + std::to_string(errors.size()) + " of " +
                                              std::to_string(options.ids.size()) +
                                              " pushes were not sent"}};
  });
}

}  // namespace

void add_push(CommandNode& root) {
  auto options = std::make_shared<PushOptions>();
  CommandNode& push = root.add("push", "Push notifications that wake devices");
  CommandNode& send = push.add("send", "Ask devices to connect now");
  send.describe(
      "A push carries nothing but the wish that the device connect; what it then gets is what "
      "waits in its queue.");
  send.talks_to_server().prints_data();
  send.positional({.name = "ID", .help = "Ids of enrollments"}, options->ids);
  send.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options->dry_run);
  send.run([options](Session& session) { return send_pushes(session, *options); });
}

}  // namespace bramley
