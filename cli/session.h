#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/global_flags.h"
#include "cli/output.h"
#include "cli/program_runner.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/net/curl_http_client.h"
#include "core/net/tls_chain.h"

namespace bramley {

class ApiClient;

// Everything outside the process that a command may touch, so that tests can stand in for it.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  Environment environment;
  const Clock& clock;
  Random& random;
  std::function<std::unique_ptr<HttpClient>(HttpClientOptions)> make_http;
  // Pauses between two questions to the server.
  std::function<void(std::chrono::milliseconds)> sleep;
  // Time since some fixed moment, for deadlines; never goes back.
  std::function<std::chrono::milliseconds()> elapsed;
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  LineWidth out_width;  // none: stdout is no terminal
  // The certificates that a server shows, whoever trusts them.
  std::function<Result<std::vector<std::string>>(const std::string&, std::chrono::milliseconds)>
      fetch_tls_chain = bramley::fetch_tls_chain;
  ProgramRunner run_program = bramley::run_program;
};

// One run of one command: what its handler gets.
class Session {
 public:
  Session(Surroundings& surroundings, const GlobalFlags& flags, OutputFormat format);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const GlobalFlags& flags() const { return flags_; }
  Output& output() { return output_; }
  [[nodiscard]] const Environment& environment() const { return surroundings_.environment; }
  [[nodiscard]] const Clock& clock() const { return surroundings_.clock; }
  Random& random() { return surroundings_.random; }
  Surroundings& surroundings() { return surroundings_; }
  [[nodiscard]] const Surroundings& surroundings() const { return surroundings_; }

  // A remark on stderr: "bramley: TEXT". Silent where programs read stderr (-o json|ndjson).
  void note(std::string_view text);
  void warn(std::string_view text);
  // An error that does not end the run (one target of many). Silent for programs, too: they get one
  // line at the end, and the data.
  void report(const Error& error);
  // Replaced by the next one; only on a terminal. Empty: taken away.
  void progress(std::string_view text);

  // The secret that a flag or its variable names. When none was given: asks on a terminal, else
  // malformed, naming the flag.
  Result<SecretBytes> secret(const SecretReference& reference, std::string_view flag,
                             std::string_view question);

 private:
  Surroundings& surroundings_;
  const GlobalFlags& flags_;
  Output output_;
  bool progress_shown_ = false;
};

// "bramley: error: …" and "bramley: hint: …"; one JSON line for programs. `code` in it is
// error_word's.
void print_error(std::ostream& err, OutputFormat format, const Error& error, ExitCode exit);

// Ends a command that was only tried: prints what would happen (a line for people, an object for
// programs) and gives exit 8.
CommandResult would_change(Session& session, std::string_view what);

}  // namespace bramley
