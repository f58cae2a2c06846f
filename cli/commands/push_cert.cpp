#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/late_passphrase.h"
#include "cli/serve_config.h"
#include "cli/session.h"
#include "server/credentials/push_certificate_files.h"

namespace bramley {
namespace {

constexpr std::size_t material_limit = 1U << 20U;

struct LookOptions {
  std::vector<std::string> files;
  std::filesystem::path directory;
  SecretReference passphrase;
  std::int64_t warn_days = 30;
};

// A certificate, or a place where one should be, as it is found now.
struct Found {
  std::optional<PushIdentity> identity;
  std::string location;
  std::string source;  // "file", "directory", "environment"
  std::string apple_account;
  std::string fault;
};

enum class State { ok, expiring, expired, faulty };

const char* state_name(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::expiring:
      return "expiring";
    case State::expired:
      return "expired";
    case State::faulty:
      return "faulty";
  }
  return "";
}

std::int64_t days_left(const Certificate& certificate, Timestamp now) {
  return std::chrono::floor<std::chrono::days>(certificate.not_after() - now).count();
}

State state_of(const Found& found, const LookOptions& options, Timestamp now) {
  if (!found.identity) {
    return State::faulty;
  }
  const Certificate& certificate = found.identity->certificate;
  if (now > certificate.not_after()) {
    return State::expired;
  }
  if (!found.fault.empty()) {
    return State::faulty;
  }
  return days_left(certificate, now) < options.warn_days ? State::expiring : State::ok;
}

// A file by itself need not have its key beside it.
Result<std::vector<Found>> look_at_files(Session& session, const LookOptions& options) {
  std::vector<Found> found;
  LatePassphrase passphrase(session, options.passphrase);
  for (const std::string& file : options.files) {
    TRY_ASSIGN(Bytes content, read_input(file, material_limit));
    const SecretBytes text(std::move(content));
    TRY_ASSIGN(const auto material, read_key_material_of(file, text.reveal(), passphrase));
    auto identities = push_identities(material);
    if (!identities) {
      return std::move(identities).error().while_doing(file);
    }
    for (PushIdentity& identity : *identities) {
      const bool early = session.clock().now() < identity.certificate.not_before();
      const std::string fault = early || session.clock().now() > identity.certificate.not_after()
                                    ? push_fault(identity, session.clock().now())
                                    : "";
      found.push_back({std::move(identity), file, "file", {}, fault});
    }
  }
  return found;
}

// What a server with this environment and directory would use.
Result<std::vector<Found>> look_at_credentials(Session& session,
                                               const std::filesystem::path& directory) {
  TRY_ASSIGN(const auto places, find_push_certificates(directory, session.environment()));
  std::vector<Found> found;
  for (const PushCertificatePlace& place : places) {
    const std::string source =
        place.origin == CredentialOrigin::environment ? "environment" : "directory";
    const std::string location = place.file.empty() ? place.location : place.file.string();
    if (!place.content) {
      found.push_back(
          {std::nullopt, location, source, place.apple_account, place.content.error().message});
      continue;
    }
    for (const PushIdentity& identity : *place.content) {
      const auto twin = std::find_if(found.begin(), found.end(), [&identity](const Found& other) {
        return other.identity && other.identity->topic == identity.topic;
      });
      if (twin != found.end() && twin->source != source) {
        continue;  // the environment stands before the directory
      }
      found.push_back({identity, location, source, place.apple_account,
                       twin != found.end() ? "another file has the same topic: " + twin->location
                                           : push_fault(identity, session.clock().now())});
    }
  }
  return found;
}

Result<std::filesystem::path> directory_of(Session& session, const LookOptions& options) {
  if (!options.directory.empty()) {
    return options.directory;
  }
  TRY_ASSIGN(const std::filesystem::path data, default_data_dir(session.environment()));
  return data / "credentials";
}

Result<std::vector<Found>> look(Session& session, const LookOptions& options) {
  if (!options.files.empty()) {
    return look_at_files(session, options);
  }
  TRY_ASSIGN(const std::filesystem::path directory, directory_of(session, options));
  return look_at_credentials(session, directory);
}

Error none_found(Session& session, const LookOptions& options) {
  const auto directory = directory_of(session, options);
  return {ErrorCode::not_found,
          "there is no push certificate in " + (directory ? directory->string() : "any directory") +
              " or BRAMLEY_PUSH_CERT",
          "import one with 'bramley push-cert import CERT --credentials-dir DIR', or name another "
          "directory with --credentials-dir"};
}

Json json_text(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json status_row(const Found& found, const LookOptions& options, Timestamp now) {
  const Certificate* certificate = found.identity ? &found.identity->certificate : nullptr;
  return {{"topic", found.identity ? Json(found.identity->topic) : Json()},
          {"not_after", certificate ? Json(format_rfc3339(certificate->not_after())) : Json()},
          {"days_left", certificate ? Json(days_left(*certificate, now)) : Json()},
          {"state", state_name(state_of(found, options, now))},
          {"apple_account", json_text(found.apple_account)},
          {"source", found.source},
          {"location", found.location},
          {"fault", json_text(found.fault)}};
}

Json show_record(const Found& found, const LookOptions& options, Timestamp now) {
  Json record = status_row(found, options, now);
  if (found.identity) {
    const Certificate& certificate = found.identity->certificate;
    record["subject"] = certificate.subject();
    record["issuer"] = certificate.issuer();
    record["serial"] = certificate.serial_hex();
    record["sha256"] = certificate.fingerprint().hex();
    record["key_bits"] = certificate.public_key_bits();
    record["not_before"] = format_rfc3339(certificate.not_before());
    record["has_key"] = found.identity->key.has_value();
  }
  return record;
}

CommandResult show(Session& session, const LookOptions& options) {
  auto found = look(session, options);
  if (!found) {
    return CommandResult::failed(std::move(found).error());
  }
  if (found->empty()) {
    return CommandResult::failed(none_found(session, options));
  }
  Json records = Json::array();
  for (const Found& each : *found) {
    records.push_back(show_record(each, options, session.clock().now()));
  }
  if (session.output().format() != OutputFormat::table) {
    session.output().list(records, {});
    return ExitCode::done;
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    session.output().text(i == 0 ? "" : "\n");
    session.output().record(records[i]);
  }
  return ExitCode::done;
}

Error attention(const Found& found, State state, const LookOptions& options, Timestamp now) {
  const std::string account =
      found.apple_account.empty() ? "the Apple Account that made it" : found.apple_account;
  const std::string renew = "renew it in Apple's portal (identity.apple.com) as " + account +
                            ": choose Renew, not Create; then 'bramley push-cert import'";
  switch (state) {
    case State::ok:
      break;
    case State::expiring:
      return {ErrorCode::conflict,
              found.location + ": it expires on " +
                  format_rfc3339(found.identity->certificate.not_after()) + ", in " +
                  std::to_string(days_left(found.identity->certificate, now)) +
                  " days (fewer than " + std::to_string(options.warn_days) + ")",
              renew};
    case State::expired:
      return {ErrorCode::conflict,
              found.location + ": it expired on " +
                  format_rfc3339(found.identity->certificate.not_after()),
              renew};
    case State::faulty:
      return {ErrorCode::conflict,
              found.identity ? found.location + ": " + found.fault : found.fault,
              "import the pair again with 'bramley push-cert import'"};
  }
  return {};
}

CommandResult status(Session& session, const LookOptions& options) {
  if (options.warn_days < 0) {
    return CommandResult::usage("--warn-days must be 0 or more");
  }
  auto found = look(session, options);
  if (!found) {
    return CommandResult::failed(std::move(found).error());
  }
  const Timestamp now = session.clock().now();
  Json rows = Json::array();
  std::optional<Error> last;
  for (const Found& each : *found) {
    rows.push_back(status_row(each, options, now));
    const State state = state_of(each, options, now);
    if (state != State::ok) {
      if (last) {
        session.report(*last);
      }
      last = attention(each, state, options, now);
    }
  }
  session.output().list(rows, {{"TOPIC", "topic"},
                               {"EXPIRES", "not_after"},
                               {"DAYS", "days_left"},
                               {"STATE", "state"},
                               {"APPLE ACCOUNT", "apple_account"},
                               {"WHERE", "location"}});
  if (found->empty()) {
    return {ExitCode::faults_found, none_found(session, options)};
  }
  return last ? CommandResult(ExitCode::faults_found, *std::move(last))
              : CommandResult(ExitCode::done);
}

void add_look_flags(CommandNode& node, LookOptions& options) {
  node.prints_data();
  node.positional({.name = "FILE",
                   .help = "Certificates, in any form; none: those that a server would use",
                   .need = PositionalSpec::Need::optional},
                  options.files);
  node.flag({.name = "credentials-dir",
             .value = "DIR",
             .help = "Those in this credentials directory",
             .default_text = "that of a 'bramley serve' without flags"},
            options.directory);
  node.flag(
      {.name = "passphrase", .value = "REF", .help = "Of a PKCS#12 file, when it is encrypted"},
      options.passphrase);
}

void add_show(CommandNode& push_cert) {
  auto options = std::make_shared<LookOptions>();
  CommandNode& node = push_cert.add("show", "Show push certificates");
  add_look_flags(node, *options);
  node.run([options](Session& session) { return show(session, *options); });
}

void add_status(CommandNode& push_cert) {
  auto options = std::make_shared<LookOptions>();
  CommandNode& node = push_cert.add("status", "Check how long push certificates are good");
  node.describe(
      "Looks at BRAMLEY_PUSH_CERT and the credentials directory, as a server does, or at the files "
      "that are named. Ends with 5 when one is expired, expires within --warn-days or cannot be "
      "used, and when there is none: for cron and CI.");
  add_look_flags(node, *options);
  node.flag({.name = "warn-days", .value = "N", .help = "Fewer days than these are a fault"},
            options->warn_days);
  node.example("bramley push-cert status --credentials-dir credentials --warn-days 45",
               "In a daily job.");
  node.run([options](Session& session) { return status(session, *options); });
}

}  // namespace

void add_push_cert(CommandNode& root) {
  CommandNode& push_cert =
      root.add("push-cert", "Push certificates from Apple, without which no device is reached");
  add_push_cert_import(push_cert);
  add_show(push_cert);
  add_status(push_cert);
}

}  // namespace bramley
