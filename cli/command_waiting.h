#pragma once

#include <cstdint>
#include <string>

#include "cli/api_client.h"
#include "cli/result_printer.h"
#include "cli/session.h"

namespace bramley {

// A command that is to be waited for.
struct WaitedCommand {
  std::string uuid;
  std::string request_type;
  std::int64_t targets = 0;
  std::int64_t refused = 0;  // that could not even be sent it
};

// Waits for the answers, for --timeout at most: prints each as it comes, and how far it is on a
// terminal. The exit code as the contract has it: done when all acknowledged, failed when none did,
// partly_done, or timed_out. An interruption (Ctrl-C) ends the waiting, and says how to go on.
CommandResult wait_for_results(Session& session, ApiClient& api, const WaitedCommand& command,
                               const ResultView& view, bool fail_fast);

}  // namespace bramley
