#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cli/exit_code.h"
#include "core/base/result.h"

namespace bramley {

// How a command ended: with an exit code, or with an error that is still to be printed and the exit
// code that goes with it. An Error converts by exit_code_for, so TRY works in handlers.
class [[nodiscard]] CommandResult {
 public:
  CommandResult(ExitCode code) : code_(code) {}
  CommandResult(Error error) : code_(exit_code_for(error.code)), error_(std::move(error)) {}
  CommandResult(ExitCode code, Error error) : code_(code), error_(std::move(error)) {}

  // The command line is wrong: exit 2.
  static CommandResult usage(std::string message, std::string hint = {}) {
    return usage(Error{ErrorCode::malformed, std::move(message), std::move(hint)});
  }
  static CommandResult usage(Error error) { return {ExitCode::usage, std::move(error)}; }
  // Exit 1 whatever the code: for failures that are not about a server's objects or its trust.
  static CommandResult failed(Error error) { return {ExitCode::failed, std::move(error)}; }

  [[nodiscard]] ExitCode code() const { return code_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  ExitCode code_;
  std::optional<Error> error_;
};

}  // namespace bramley
