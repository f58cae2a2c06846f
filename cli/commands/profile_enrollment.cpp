#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/enrollment_options.h"
#include "cli/output_file.h"
#include "cli/session.h"

namespace bramley {
namespace {

using Signer = std::optional<ProfileSigner>;

Result<Signer> signer_of(Session& session, const EnrollmentOptions& options) {
  if (!options.signer.is_given()) {
    return Signer();
  }
  TRY_ASSIGN(ProfileSigner signer, load_profile_signer(session, options.signer));
  return Signer(std::move(signer));
}

CommandResult write_profile(Session& session, const EnrollmentOptions& options,
                            const Signer& signer, Bytes profile) {
  if (signer) {
    auto sealed = sign_profile(session, *signer, profile);
    if (!sealed) {
      return CommandResult::failed(std::move(sealed).error().while_doing("sign the profile"));
    }
    profile = *std::move(sealed);
  }
  // It may hold a challenge: a secret.
  if (auto written = write_output_file(session, options.out, profile, FileMode::secret,
                                       overwrite_if(options.force));
      !written) {
    return CommandResult::failed(std::move(written).error());
  }
  return ExitCode::done;
}

CommandResult ask_server(Session& session, const EnrollmentOptions& options, const Signer& signer) {
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
    return write_profile(session, options, signer, response.body);
  });
}

CommandResult make_offline(Session& session, const EnrollmentOptions& options,
                           const Signer& signer) {
  auto profile = make_offline_enrollment(session, options);
  if (!profile) {
    return CommandResult::failed(std::move(profile).error());
  }
  const bool to_file = !options.out.empty() && options.out != "-";
  if (options.dry_run && to_file) {
    return would_change(session, "write " + options.out.string());
  }
  return write_profile(session, options, signer, *std::move(profile));
}

CommandResult make_profile(Session& session, const EnrollmentOptions& options) {
  if (auto fine = check_enrollment_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  const bool to_file = !options.out.empty() && options.out != "-";
  if (options.signer.is_given() && !to_file && session.surroundings().out_width) {
    return CommandResult::usage("a signed profile is no text for a terminal",
                                "write it to a file with --out FILE");
  }
  if (auto free = check_output_file(options.out, overwrite_if(options.force)); !free) {
    return CommandResult::failed(std::move(free).error());
  }
  // Before the server makes a challenge that nobody would see.
  const auto signer = signer_of(session, options);
  if (!signer) {
    return CommandResult::failed(Error(signer.error()));
  }
  if (options.is_offline()) {
    return make_offline(session, options, *signer);
  }
  return options.dry_run ? would_change(session, "ask the server for an enrollment profile")
                         : ask_server(session, options, *signer);
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
  add_signer_flags(node, options.signer, SignerFlags::optional);
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
      "--push-cert are needed. With --sign-cert it is signed here, whoever made it.");
  enrollment.talks_to_server();
  add_offline_enrollment_flags(enrollment, *options);
  add_other_flags(enrollment, *options);
  enrollment.example("bramley profile enrollment --out enroll.mobileconfig",
                     "Ask the server of the current context.");
  enrollment.example(
      "bramley profile enrollment --url https://mdm.example.com --organization 'Example Ltd' "
      "--push-cert push.pem --ca-cert scep-ca.pem --scep-challenge @challenge "
      "--out enroll.mobileconfig",
      "Make it offline.");
  enrollment.run([options](Session& session) { return make_profile(session, *options); });
}

}  // namespace bramley
