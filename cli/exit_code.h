#pragma once

#include <span>
#include <string_view>

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

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};
// All of them, as the manual lists them.
std::span<const ExitCodeMeaning> exit_code_meanings();

// What a failure of a server's making ends with: 401 and TLS are 4, 404 is 7, the rest 1. (A local
// file that is missing is no 7: see input.h.)
ExitCode exit_code_for(ErrorCode code);

// The word in {"error":{"code":...}}: the exit code's own where it says more than the error's code
// ("usage", "partly_done", "timed_out", "faults_found"), else the latter's.
std::string_view error_word(ExitCode exit, ErrorCode code);

}  // namespace bramley
