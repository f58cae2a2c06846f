#include "core/base/version.h"

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/session.h"

namespace bramley {

void add_version(CommandNode& root) {
  root.add("version", "Print the version").prints_data().run([](Session& session) -> CommandResult {
    if (session.output().format() == OutputFormat::table) {
      session.output().text("bramley " + std::string(program_version) + "\n");
    } else {
      session.output().record(Json{{"version", program_version}});
    }
    return ExitCode::done;
  });
}

}  // namespace bramley
