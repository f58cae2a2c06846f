#include <memory>
#include <nlohmann/json.hpp>

#include "cli/authority_files.h"
#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/output_file.h"
#include "cli/session.h"
#include "core/mdm/enrollment_profile.h"

namespace bramley {
namespace {

constexpr std::string_view topic_prefix = "com.apple.mgmt.";

struct EnrollmentOptions {
  // Offline.
  std::string url;
  std::string topic;
  std::filesystem::path push_certificate;
  std::string scep_url;
  SecretReference scep_challenge;
  std::filesystem::path scep_ca;
  std::optional<std::string> access_rights;
  // With a server.
  std::optional<std::chrono::seconds> ttl;
  std::string udid;
  std::string serial;
  // Both.
  std::string organization;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;

  [[nodiscard]] bool is_offline() const { return !url.empty(); }
};

Result<int> access_rights_of(const EnrollmentOptions& options, int standard) {
  if (!options.access_rights) {
    return standard;
  }
  std::int64_t rights = 0;
  const Status read = ValueBinding(rights).assign({*options.access_rights});
  constexpr std::int64_t all_rights = 8191;
  if (!read || rights < 1 || rights > all_rights) {
    return Error{ErrorCode::malformed, "--access-rights must be a number from 1 to 8191"};
  }
  return static_cast<int>(rights);
}

// A flag that says nothing in the way that was chosen is a misunderstanding: better said.
Status check_options(const EnrollmentOptions& options) {
  const bool offline_flags = !options.topic.empty() || !options.push_certificate.empty() ||
                             !options.scep_url.empty() || !options.scep_ca.empty() ||
                             options.access_rights.has_value() ||
                             (options.scep_challenge.is_given() &&
                              options.scep_challenge.source() != SecretReference::Source::twin);
  const bool server_flags =
      options.ttl.has_value() || !options.udid.empty() || !options.serial.empty();
  if (!options.is_offline()) {
    return offline_flags ? Status(Error{ErrorCode::malformed,
                                        "--topic, --push-cert, --scep-url, --scep-challenge, "
                                        "--ca-cert and --access-rights need --url",
                                        "without --url, the server makes the profile"})
                         : Status();
  }
  if (server_flags) {
    return Error{ErrorCode::malformed, "--ttl, --udid and --serial do not go with --url",
                 "only a server can make a challenge that expires: leave out --url"};
  }
  if (auto url = check_base_url(options.url); !url) {
    return std::move(url).error().while_doing("--url");
  }
  TRY(access_rights_of(options, 0));
  if (options.organization.empty()) {
    return Error{ErrorCode::malformed, "missing: --organization"};
  }
  if (options.topic.empty() == options.push_certificate.empty()) {
    return Error{ErrorCode::malformed, "give either --topic or --push-cert"};
  }
  return {};
}

Result<std::string> topic_of(Session& session, const EnrollmentOptions& options) {
  if (!options.topic.empty()) {
    if (!options.topic.starts_with(topic_prefix)) {
      session.warn("a push topic begins with " + std::string(topic_prefix) +
                   ": real devices refuse " + options.topic);
    }
    return options.topic;
  }
  TRY_ASSIGN(const Certificate certificate, read_certificate_file(options.push_certificate));
  const auto topic = certificate.user_id();
  if (!topic || !topic->starts_with(topic_prefix)) {
    return Error{ErrorCode::malformed,
                 options.push_certificate.string() + ": it names no topic (UID " +
                     std::string(topic_prefix) + "…), so it is no push certificate",
                 "Apple's push portal gives it out: MDM_....pem"};
  }
  if (!certificate.is_valid_at(session.clock().now())) {
    session.warn("the push certificate is valid until " + format_rfc3339(certificate.not_after()) +
                 " only");
  }
  return *topic;
}

Result<Bytes> make_offline(Session& session, const EnrollmentOptions& options) {
  EnrollmentProfileTerms terms;
  terms.organization = options.organization;
  TRY_ASSIGN(terms.server_url, check_base_url(options.url));
  terms.scep_url = options.scep_url;
  TRY_ASSIGN(terms.topic, topic_of(session, options));
  TRY_ASSIGN(terms.access_rights, access_rights_of(options, terms.access_rights));
  if (!options.scep_ca.empty()) {
    TRY_ASSIGN(terms.scep_ca, read_certificate_file(options.scep_ca));
  }
  if (options.scep_challenge.is_given()) {
    TRY_ASSIGN(terms.scep_challenge,
               session.secret(options.scep_challenge, "--scep-challenge", "SCEP challenge"));
  } else {
    session.warn("without --scep-challenge, devices ask for an identity without a password");
  }
  return make_enrollment_profile(terms);
}

CommandResult write_profile(Session& session, const EnrollmentOptions& options, ByteView profile) {
  // It may hold a challenge: a secret.
  if (auto written = write_output_file(session, options.out, profile, FileMode::secret,
                                       overwrite_if(options.force));
      !written) {
    return CommandResult::failed(std::move(written).error());
  }
  return ExitCode::done;
}

CommandResult ask_server(Session& session, const EnrollmentOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    Json wanted = Json::object();
    if (options.ttl) {
      wanted["ttl"] = format_duration(*options.ttl);
    }
    if (!options.udid.empty()) {
      wanted["udid"] = options.udid;
    }
    if (!options.serial.empty()) {
      wanted["serial_number"] = options.serial;
    }
    if (!options.organization.empty()) {
      wanted["organization"] = options.organization;
    }
    const std::string target = "/api/v1/enrollment-profiles";
    TRY_ASSIGN(const HttpResponse response,
               api.send("POST", target, to_bytes(write_json(wanted, -1)), "application/json"));
    if (response.status != 200 && response.status != 201) {
      return api.error_of("POST", target, response);
    }
    return write_profile(session, options, response.body);
  });
}

CommandResult make_profile(Session& session, const EnrollmentOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  if (auto free = check_output_file(options.out, overwrite_if(options.force)); !free) {
    return CommandResult::failed(std::move(free).error());
  }
  if (!options.is_offline()) {
    return options.dry_run ? would_change(session, "ask the server for an enrollment profile")
                           : ask_server(session, options);
  }
  const auto profile = make_offline(session, options);
  if (!profile) {
    return CommandResult::failed(Error(profile.error()));
  }
  const bool to_file = !options.out.empty() && options.out != "-";
  if (options.dry_run && to_file) {
    return would_change(session, "write " + options.out.string());
  }
  return write_profile(session, options, *profile);
}

void add_offline_flags(CommandNode& node, EnrollmentOptions& options) {
  node.flag({.name = "url",
             .value = "URL",
             .help = "Make the profile here, for the server with this base URL"},
            options.url);
  node.flag({.name = "topic", .value = "TOPIC", .help = "The push topic (com.apple.mgmt....)"},
            options.topic);
  node.flag({.name = "push-cert", .value = "FILE", .help = "Take the topic from this certificate"},
            options.push_certificate);
  node.flag({.name = "scep-url",
             .value = "URL",
             .help = "Where devices get their identity",
             .default_text = "the base URL with /scep"},
            options.scep_url);
  node.flag({.name = "scep-challenge",
             .value = "REF",
             .help = "The password that devices show there",
             .variable = "BRAMLEY_PROFILE_SCEP_CHALLENGE"},
            options.scep_challenge);
  node.flag(
      {.name = "ca-cert", .value = "FILE", .help = "The SCEP CA, whose fingerprint devices check"},
      options.scep_ca);
  node.flag({.name = "access-rights",
             .value = "N",
             .help = "What the server may do: the sum of Apple's AccessRights",
             .default_text = "8191, all"},
            options.access_rights);
}

void add_other_flags(CommandNode& node, EnrollmentOptions& options) {
  node.flag({.name = "ttl",
             .value = "DURATION",
             .help = "How long the server's one-time challenge is good",
             .default_text = "1h"},
            options.ttl);
  node.flag({.name = "udid", .value = "UDID", .help = "Only this device may use the challenge"},
            options.udid);
  node.flag({.name = "serial",
             .value = "SERIAL",
             .help = "Only the device with this serial number may use the challenge"},
            options.serial);
  node.flag(
      {.name = "organization", .value = "NAME", .help = "Whom the profile names as its maker"},
      options.organization);
  node.flag({.name = "out",
             .value = "FILE",
             .help = "Write the profile here (mode 0600)",
             .default_text = "standard output"},
            options.out);
  node.flag({.name = "force", .help = "Overwrite a file that exists"}, options.force);
  node.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options.dry_run);
}

}  // namespace

void add_profile_enrollment(CommandNode& profile) {
  auto options = std::make_shared<EnrollmentOptions>();
  CommandNode& enrollment = profile.add("enrollment", "Make the profile that enrolls a device");
  enrollment.describe(
      "Without --url the server makes it, with a challenge that is good for one device and one "
      "hour. With --url it is made here, without a server: then --organization and --topic or "
      "--push-cert are needed.");
  enrollment.talks_to_server();
  add_offline_flags(enrollment, *options);
  add_other_flags(enrollment, *options);
  enrollment.example("bramley profile enrollment --out enroll.mobileconfig",
                     "Ask the server of the current context.");
  enrollment.example(
      "bramley profile enrollment --url https://mdm.example.com --organization 'Example Ltd' "
      "--push-cert push.pem --scep-challenge @challenge --out enroll.mobileconfig",
      "Make it offline.");
  enrollment.run([options](Session& session) { return make_profile(session, *options); });
}

}  // namespace bramley
