#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/desired_state/desired_kind.h"
#include "cli/session.h"

namespace bramley {
namespace {

CommandResult export_state(Session& session) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    Json objects = Json::array();
    for (const auto& kind : make_desired_kinds()) {
      TRY_ASSIGN(const auto written, kind->write(api));
      for (const Json& object : written) {
        objects.push_back(object);
      }
    }
    if (session.output().format() != OutputFormat::table) {
      session.output().list(objects, {});
      return ExitCode::done;
    }
    for (const Json& object : objects) {
      session.output().text("---\n" + write_yaml(object));
    }
    return ExitCode::done;
  });
}

}  // namespace

void add_export(CommandNode& root) {
  CommandNode& node = root.add("export", "Write what the server has, as 'apply' takes it");
  node.describe(
      "Prints YAML, for which 'bramley apply' has nothing to do. Secrets are not in it: where "
      "there "
      "is one, a variable stands for it (hmac_key: env:WEBHOOK_KEY_SIEM), which 'apply' needs.");
  node.talks_to_server().prints_data();
  node.example("bramley export > fleet.yaml", "To begin with what there is.");
  node.run([](Session& session) { return export_state(session); });
}

}  // namespace bramley
