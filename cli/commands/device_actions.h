#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_result.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {

// What is done to each of some devices, by POST /api/v1/enrollments/{id}/PATH.
struct DeviceAction {
  std::string_view path;
  std::string_view doing;  // "block"
  std::vector<Column> columns;
};

// All are asked about first, so that one that is not known stops it before anything has begun.
// Prints what the server answers; partly_done when a later one fails.
CommandResult act_on_devices(Session& session, const std::vector<std::string>& ids, bool dry_run,
                             const DeviceAction& action);

}  // namespace bramley
