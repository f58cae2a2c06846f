#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <thread>

#include "cli/application.h"
#include "cli/command_line.h"

namespace bramley {
namespace {

LineWidth terminal_width() {
  if (::isatty(STDOUT_FILENO) == 0) {
    return std::nullopt;
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

std::chrono::milliseconds steady_time() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

ExitCode run(const std::vector<std::string>& arguments) {
  const SystemClock clock;
  SystemRandom random;
  Surroundings surroundings{
      .out = std::cout,
      .err = std::cerr,
      .environment = [](const char* name) -> const char* { return std::getenv(name); },
      .clock = clock,
      .random = random,
      .make_http = [](HttpClientOptions options) -> std::unique_ptr<HttpClient> {
        return std::make_unique<CurlHttpClient>(std::move(options));
      },
      .sleep = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); },
      .elapsed = steady_time,
      .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .out_width = terminal_width()};
  return run_application(arguments, surroundings);
}

// The last fence: whatever comes here is our mistake, and says so.
ExitCode run_fenced(const std::vector<std::string>& arguments) {
  std::string what = "unknown";
  try {
    return run(arguments);
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
  }
  const auto format = parse_output_format(requested_output_format(
      arguments, [](const char* name) -> const char* { return std::getenv(name); }));
  print_error(std::cerr, format ? *format : OutputFormat::table,
              Error{ErrorCode::internal, "this is a bug in bramley: " + what,
                    "please report it with the command line that led here"},
              ExitCode::bug);
  return ExitCode::bug;
}

}  // namespace
}  // namespace bramley

int main(int count, char** words) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  return static_cast<int>(bramley::run_fenced(arguments));
}
