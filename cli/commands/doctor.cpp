#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/doctor/examination.h"
#include "cli/terminal_text.h"

namespace bramley {
namespace {

using Level = Diagnosis::Level;

std::size_t count_of(const std::vector<Diagnosis>& found, Level level) {
  return static_cast<std::size_t>(
      std::ranges::count_if(found, [level](const Diagnosis& each) { return each.level == level; }));
}

std::string counted(std::size_t count, std::string_view word) {
  return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

Json document_of(const Diagnosis& found) {
  return {{"check", found.check},
          {"level", diagnosis_word(found.level)},
          {"subject", found.subject},
          {"message", found.message},
          {"hint", found.hint.empty() ? Json() : Json(found.hint)}};
}

// Two lines at most: what, and the way out.
std::string text_of(const Diagnosis& found) {
  constexpr std::size_t column = 10;
  std::string text = pad_to_width(std::string(diagnosis_word(found.level)), column);
  text += escape_for_terminal(found.check);
  if (!found.subject.empty()) {
    text += " " + escape_for_terminal(found.subject);
  }
  text += ": " + escape_for_terminal(found.message) + "\n";
  if (!found.hint.empty()) {
    text += pad_to_width("", column) + "way out: " + escape_for_terminal(found.hint) + "\n";
  }
  return text;
}

void print(Session& session, const std::vector<Diagnosis>& found) {
  if (session.output().format() == OutputFormat::table) {
    for (const Diagnosis& each : found) {
      session.output().text(text_of(each));
    }
    session.note(counted(count_of(found, Level::fault), "fault") + ", " +
                 counted(count_of(found, Level::warning), "warning") + ", " +
                 std::to_string(count_of(found, Level::ok)) + " ok, " +
                 std::to_string(count_of(found, Level::skipped)) + " skipped");
    return;
  }
  Json documents = Json::array();
  for (const Diagnosis& each : found) {
    documents.push_back(document_of(each));
  }
  session.output().list(documents, {});
}

CommandResult conclude(const std::vector<Diagnosis>& found, bool strict) {
  const Level level = count_of(found, Level::fault) > 0 ? Level::fault : Level::warning;
  const std::size_t count = count_of(found, level);
  if (count == 0 || (level == Level::warning && !strict)) {
    return ExitCode::done;
  }
  const auto first =
      std::ranges::find_if(found, [level](const Diagnosis& each) { return each.level == level; });
  std::string what = first->check + ": " + first->message;
  if (count > 1) {
    what += ", and " + std::to_string(count - 1) + " more";
  }
  return {ExitCode::faults_found, Error{ErrorCode::conflict, std::move(what), first->hint}};
}

Status check_options(const DoctorOptions& options) {
  if (options.warn_days < 0) {
    return Error{ErrorCode::malformed, "--warn-days must be 0 or more"};
  }
  for (const auto& [url, flag] :
       {std::pair{&options.serve.url, "--url"}, std::pair{&options.apns_url, "--apns-url"}}) {
    if (url->empty()) {
      continue;
    }
    if (auto fine = check_base_url(*url); !fine) {
      return std::move(fine).error().while_doing(flag);
    }
  }
  return {};
}

CommandResult diagnose(Session& session, const DoctorOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  auto places = find_places(session, options);
  if (!places) {
    return CommandResult::usage(std::move(places).error());
  }
  Examination patient(session, options, *std::move(places));
  examine(patient);
  print(session, patient.found());
  return conclude(patient.found(), options.strict);
}

// They have no variables of their own: `serve`'s are looked at.
void add_place_flags(CommandNode& node, DoctorOptions& options) {
  ServeFlags& serve = options.serve;
  const auto place = [&node](const std::string& name, const std::string& value,
                             const std::string& help, auto& target,
                             const std::string& default_text = "what 'bramley serve' would use") {
    node.flag({.name = name, .value = value, .help = help, .default_text = default_text}, target);
  };
  place("data-dir", "DIR", "The server's data directory", serve.data_dir);
  place("credentials-dir", "DIR", "Its credentials directory", serve.credentials_dir);
  place("storage", "URL", "Its database", serve.storage);
  place("tls-cert", "FILE", "Its TLS certificate and chain", serve.tls_cert);
  place("tls-key", "FILE", "The key of that", serve.tls_key);
  place("url", "URL", "The public URL, which devices know", serve.url,
        "what the server says, or 'bramley serve' would use");
}

void add_other_flags(CommandNode& node, DoctorOptions& options) {
  node.flag({.name = "offline", .help = "Ask no server, neither ours nor Apple's"},
            options.offline);
  node.flag({.name = "profile", .value = "FILE", .help = "The profile that devices enroll with"},
            options.profile);
  node.flag({.name = "sign-cert", .value = "FILE", .help = "A certificate that signs profiles"},
            options.signing_certificates);
  node.flag({.name = "vendor-cert", .value = "FILE", .help = "An MDM vendor's signing certificate"},
            options.vendor_certificates);
  node.flag({.name = "warn-days", .value = "N", .help = "Warn when fewer days are left than these"},
            options.warn_days);
  node.flag({.name = "strict", .help = "Warnings count as faults, too"}, options.strict);
  node.flag({.name = "apns-url",
             .value = "URL",
             .help = "Apple's push service; another for tests",
             .default_text = "where 'bramley serve' would push to"},
            options.apns_url);
  node.flag({.name = "apns-ca-file",
             .value = "FILE",
             .help = "Trust this root for it, in PEM; for tests",
             .default_text = "those that 'bramley serve' would trust"},
            options.apns_ca);
}

}  // namespace

void add_doctor(CommandNode& root) {
  auto options = std::make_shared<DoctorOptions>();
  CommandNode& node = root.add("doctor", "Check what breaks in practice");
  node.describe(
      "Looks at the server's files on this machine (who can read them, key pairs, dates, the "
      "database), at the profile that devices get, and, unless --offline, at the running server "
      "(ready, clock, address, TLS as Apple wants it, SCEP) and at Apple's push service, to which "
      "it shows each push certificate without pushing to anybody. Nothing is changed. Every line "
      "is ok, a warning, a fault or skipped, with the way out; exit code 5 when there is a "
      "fault.");
  node.talks_to_server();
  node.prints_data();
  add_place_flags(node, *options);
  add_other_flags(node, *options);
  node.example("bramley doctor --profile enroll.mobileconfig", "Before the first device.");
  node.example("bramley doctor --offline --warn-days 45 --strict -o json", "In a daily job.");
  node.run([options](Session& session) { return diagnose(session, *options); });
}

}  // namespace bramley
