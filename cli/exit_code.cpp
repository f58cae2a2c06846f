#include "cli/exit_code.h"

namespace bramley {

ExitCode exit_code_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
      return ExitCode::authentication;
    case ErrorCode::not_found:
      return ExitCode::not_found;
    case ErrorCode::malformed:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::unavailable:
    case ErrorCode::internal:
      return ExitCode::failed;
  }
  return ExitCode::bug;
}

}  // namespace bramley
