#include "cli/session.h"

#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"

namespace bramley {

Session::Session(Surroundings& surroundings, const GlobalFlags& flags, OutputFormat format)
    : surroundings_(surroundings),
      flags_(flags),
      output_(surroundings.out, format, surroundings.out_width) {}

Session::~Session() {
  progress({});
}

void Session::note(std::string_view text) {
  if (output_.is_for_programs()) {
    return;
  }
  progress({});
  surroundings_.err << "bramley: " << escape_for_terminal(text) << "\n";
}

void Session::warn(std::string_view text) {
  note("warning: " + std::string(text));
}

void Session::report(const Error& error) {
  if (output_.is_for_programs()) {
    return;
  }
  progress({});
  print_error(surroundings_.err, output_.format(), error, exit_code_for(error.code));
}

void Session::progress(std::string_view text) {
  if (!surroundings_.err_is_terminal || output_.is_for_programs() ||
      (text.empty() && !progress_shown_)) {
    return;
  }
  constexpr std::string_view back_and_clear = "\r\033[K";
  surroundings_.err << back_and_clear << escape_for_terminal(text) << std::flush;
  progress_shown_ = !text.empty();
}

Result<SecretBytes> Session::secret(const SecretReference& reference, std::string_view flag,
                                    std::string_view question) {
  if (reference.is_given()) {
    auto value = reference.read(surroundings_.environment);
    if (!value) {
      return std::move(value).error().while_doing(flag);
    }
    return value;
  }
  if (surroundings_.in_is_terminal) {
    return prompt_for_secret(question);
  }
  return Error{ErrorCode::malformed, std::string(flag) + " is missing"};
}

void print_error(std::ostream& err, OutputFormat format, const Error& error, ExitCode exit) {
  if (format == OutputFormat::json || format == OutputFormat::ndjson) {
    Json line;
    line["error"]["code"] = error_word(exit, error.code);
    line["error"]["message"] = error.message;
    line["error"]["hint"] = error.hint.empty() ? Json() : Json(error.hint);
    err << write_json(line, -1) << "\n";
    return;
  }
  err << "bramley: error: " << escape_for_terminal(error.message) << "\n";
  if (!error.hint.empty()) {
    err << "bramley: hint: " << escape_for_terminal(error.hint) << "\n";
  }
}

CommandResult would_change(Session& session, std::string_view what) {
  if (session.output().format() == OutputFormat::table) {
    session.output().text("would " + escape_for_terminal(what) + "\n");
  } else {
    session.output().record(Json{{"dry_run", true}, {"would", what}});
  }
  return ExitCode::would_change;
}

}  // namespace bramley
