#include "cli/commands/device_actions.h"

#include <nlohmann/json.hpp>

#include "cli/connection.h"

namespace bramley {

CommandResult act_on_devices(Session& session, const std::vector<std::string>& ids, bool dry_run,
                             const DeviceAction& action) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    for (const std::string& id : ids) {
      ApiPath path{"/api/v1/enrollments"};
      TRY_ASSIGN(const Json known, api.get(path.segment(id)));
    }
    if (dry_run) {
      return would_change(
          session, std::string(action.doing) + " " + std::to_string(ids.size()) + " device(s)");
    }
    Json done = Json::array();
    for (const std::string& id : ids) {
      ApiPath path{"/api/v1/enrollments"};
      auto answer = api.post(path.segment(id).segment(action.path), Json::object());
      if (!answer) {
        session.output().list(done, action.columns);
        return {done.empty() ? exit_code_for(answer.error().code) : ExitCode::partly_done,
                std::move(answer).error().while_doing(id)};
      }
      done.push_back(*std::move(answer));
    }
    session.output().list(done, action.columns);
    return ExitCode::done;
  });
}

}  // namespace bramley
