#pragma once

#include "core/base/result.h"

namespace bramley {

// What the process ends with. Scripts rely on the numbers: they never change.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  partly_done = 3,     // some targets failed
  authentication = 4,  // or TLS
  faults_found = 5,    // by a check
  timed_out = 6,       // --wait ran out of time
  not_found = 7,
  would_change = 8,  // --dry-run
  bug = 70,
};

// What a failure of a server's making ends with: 401 and TLS are 4, 404 is 7, the rest 1. (A local
// file that is missing is no 7: see input.h.)
ExitCode exit_code_for(ErrorCode code);

}  // namespace bramley
