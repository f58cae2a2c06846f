#pragma once

#include "core/mdm/command.h"
#include "server/store/sql_context.h"
#include "server/store/sql_offers.h"

namespace bramley {

inline std::string command_context(std::string_view uuid) {
  return std::string("command/").append(uuid);
}
inline std::string report_context(std::string_view enrollment_id, std::string_view uuid) {
  return std::string("report/").append(enrollment_id).append("/").append(uuid);
}

inline Result<std::optional<Command>> open_command(const Sealer& sealer,
                                                   std::optional<SealedCommand> sealed) {
  std::optional<Command> command;
  if (sealed) {
    TRY_ASSIGN(const auto plist,
               open_column(sealer, sealed->sealed, command_context(sealed->uuid)));
    command = Command{.uuid = std::move(sealed->uuid),
                      .request_type = std::move(sealed->request_type),
                      .plist = to_bytes(plist.reveal())};
  }
  return command;
}

}  // namespace bramley
