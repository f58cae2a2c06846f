#include "cli/exit_code.h"

#include <array>

namespace bramley {
namespace {

constexpr std::array meanings = {
    ExitCodeMeaning{ExitCode::done, "done"},
    ExitCodeMeaning{ExitCode::failed, "failed"},
    ExitCodeMeaning{ExitCode::usage, "the command line is wrong"},
    ExitCodeMeaning{ExitCode::partly_done, "partly done: some targets failed"},
    ExitCodeMeaning{ExitCode::authentication,
                    "the server refused the API key, or TLS refused the server"},
    ExitCodeMeaning{ExitCode::faults_found, "a check found faults"},
    ExitCodeMeaning{ExitCode::timed_out, "--wait ran out of time, whatever the others did"},
    ExitCodeMeaning{ExitCode::not_found, "the server knows no such thing"},
    ExitCodeMeaning{ExitCode::would_change, "--dry-run: something would change"},
    ExitCodeMeaning{ExitCode::bug, "a bug in bramley"},
};

}  // namespace

std::span<const ExitCodeMeaning> exit_code_meanings() {
  return meanings;
}

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

std::string_view error_word(ExitCode exit, ErrorCode code) {
  switch (exit) {
    case ExitCode::usage:
      return "usage";
    case ExitCode::partly_done:
      return "partly_done";
    case ExitCode::faults_found:
      return "faults_found";
    case ExitCode::timed_out:
      return "timed_out";
    case ExitCode::done:
    case ExitCode::failed:
    case ExitCode::authentication:
    case ExitCode::not_found:
    case ExitCode::would_change:
    case ExitCode::bug:
      return error_code_name(code);
  }
  return error_code_name(ErrorCode::internal);
}

}  // namespace bramley
