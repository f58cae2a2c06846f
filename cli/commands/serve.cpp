#include "cli/serve_config.h"
#include "cli/serve_settings.h"
#include "cli/session.h"
#include "server/application.h"
#include "server/signals.h"
#include "server/spdlog_log.h"

namespace bramley {
namespace {

constexpr std::string_view description =
    "Without any flag the server listens on 127.0.0.1:8443, keeps its data in a directory of its "
    "own "
    "(a SQLite database, a SCEP CA, a TLS certificate for localhost), and writes the address and a "
    "new "
    "API key into the context 'local', so that the other commands find it.\n\n"
    "Apple's credentials and the SCEP CA come from the environment (BRAMLEY_PUSH_CERT, "
    "BRAMLEY_PUSH_KEY, "
    "BRAMLEY_SCEP_CA_CERT, BRAMLEY_SCEP_CA_KEY: the text, or @FILE) or from the files of "
    "--credentials-dir, and never enter the database. Device secrets are sealed in it with the key "
    "in "
    "BRAMLEY_DATA_KEY, or in the file data.key of --credentials-dir.\n\n"
    "Every flag may also stand in the configuration file, under 'serve'. SIGHUP looks at "
    "credentials, the users file and TLS files again; SIGTERM and SIGINT answer what is in flight "
    "and end the server.";

// Makes the new server the one that the other commands find, and says what to type.
void introduce(Session& session, const Context& local) {
  const auto written = write_local_context(session, local);
  if (!written) {
    // The server runs without it: a context is a convenience for this machine's user.
    session.warn("the context 'local' was not written: " + written.error().message);
    return;
  }
  switch (*written) {
    case LocalContext::unwritten:
      return;
    case LocalContext::current:
      session.note("next: bramley device list (the context 'local' has the address and the key)");
      return;
    case LocalContext::beside:
      session.note(
          "next: bramley device list --context local (another context is the current one)");
      return;
  }
}

void tell(Session& session, const StartReport& report,
          const std::vector<std::string>& choices_made) {
  for (const std::string& made : report.made) {
    session.note("made: " + made);
  }
  for (const std::string& made : choices_made) {
    session.note("made: " + made);
  }
  for (const std::string& warning : report.warnings) {
    session.warn(warning);
  }
  for (const std::string& address : report.listening) {
    session.note("listening on " + address + " as " + report.url);
  }
  if (!report.metrics.empty()) {
    session.note("metrics at " + report.metrics);
  }
}

// What stopped the start, always with a way out.
CommandResult refused(Error error) {
  if (error.hint.empty()) {
    error.hint = error.code == ErrorCode::not_found || error.code == ErrorCode::forbidden ||
                         error.code == ErrorCode::unavailable
                     ? "name what exists and may be read (and written, for data) by this user"
                     : "'bramley serve --help' explains the flags and the files";
  }
  return error.code == ErrorCode::malformed ? CommandResult::usage(std::move(error))
                                            : CommandResult::failed(std::move(error));
}

CommandResult serve(Session& session, const ServeFlags& flags) {
  // Before any thread: all of them inherit the mask.
  const SignalWaiter signals;
  auto choices = choose_serve_config(session, flags);
  if (!choices) {
    return refused(std::move(choices).error());
  }
  const TlsMode tls = choices->config.tls_mode;
  const auto log = make_standard_error_log(choices->config.log_format, choices->config.log_level);
  const SystemClock clock;
  auto application =
      Application::start(std::move(choices->config),
                         {clock, std::make_shared<SystemRandom>(), session.environment()}, *log);
  if (!application) {
    return refused(std::move(application).error());
  }
  const StartReport& report = (*application)->report();
  tell(session, report, choices->made);
  if (choices->local) {
    choices->local->server = local_api_url(report.url, tls, report.listening);
    introduce(session, *choices->local);
  }
  signals.wait([&] { (*application)->reload(); });
  (*application)->stop();
  return ExitCode::done;
}

}  // namespace

void add_serve(CommandNode& root) {
  auto flags = std::make_shared<ServeFlags>();
  CommandNode& node = root.add("serve", "Run the MDM server")
                          .describe(std::string(description))
                          .example("bramley serve", "try it on this machine")
                          .example(
                              "bramley serve --url https://mdm.example.com --listen 0.0.0.0:443 "
                              "--tls-cert chain.pem --tls-key key.pem --api-key @api-key",
                              "for devices");
  declare_serve_flags(node, *flags);
  node.run([flags](Session& session) { return serve(session, *flags); });
}

}  // namespace bramley
