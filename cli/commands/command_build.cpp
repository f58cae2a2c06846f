#include <memory>
#include <nlohmann/json.hpp>

#include "cli/catalogue_report.h"
#include "cli/command_source.h"
#include "cli/commands/commands.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct BuildOptions {
  CommandSource source;
  bool no_validate = false;
};

CommandResult build(Session& session, const BuildOptions& options) {
  auto command = read_command(session, options.source);
  if (!command) {
    return CommandResult::usage(std::move(command).error());
  }
  if (!options.no_validate) {
    TRY_ASSIGN(const PlistDictionary keys, command_keys(*command));
    const auto findings = check_command(CommandCatalogue::apple(), keys, {});
    if (Status judged = judge_findings(session, command->request_type, findings); !judged) {
      return CommandResult::usage(std::move(judged).error());
    }
  }
  session.output().raw(command->plist);
  return ExitCode::done;
}

struct ValidateOptions {
  std::string file;
  std::string platform;
  std::string os_version;
  bool supervised = false;
  bool unsupervised = false;
  bool user_channel = false;
  bool user_enrollment = false;
  std::int64_t access_rights = 0;
};

// The device that the flags describe; none when they say nothing.
Result<std::vector<CommandTarget>> described_target(const ValidateOptions& options) {
  CommandTarget target;
  target.platform = parse_platform(options.platform);
  target.os_version = OsVersion::parse(options.os_version);
  if (!options.platform.empty() && !target.platform) {
    return Error{ErrorCode::malformed, "--platform: '" + options.platform + "' is no platform",
                 "iOS, iPadOS, macOS, tvOS, visionOS or watchOS"};
  }
  if (!options.os_version.empty() && !target.os_version) {
    return Error{ErrorCode::malformed, "--os-version: '" + options.os_version + "' is no version",
                 "as 14.4"};
  }
  if (options.supervised && options.unsupervised) {
    return Error{ErrorCode::malformed, "--supervised and --unsupervised say opposite things"};
  }
  if (!target.platform) {
    const bool says_more = target.os_version || options.supervised || options.unsupervised ||
                           options.user_channel || options.user_enrollment ||
                           options.access_rights != 0;
    return says_more ? Result<std::vector<CommandTarget>>(
                           Error{ErrorCode::malformed,
                                 "a device is described, but not its platform", "--platform macOS"})
                     : std::vector<CommandTarget>();
  }
  if (options.supervised || options.unsupervised) {
    target.supervised = options.supervised;
  }
  target.user_channel = options.user_channel;
  target.user_enrollment = options.user_enrollment;
  if (options.access_rights != 0) {
    target.access_rights = options.access_rights;
  }
  target.name = std::string(platform_name(*target.platform)) +
                (target.os_version ? " " + target.os_version->text() : "");
  return std::vector{target};
}

CommandResult verdict(Session& session, const ValidateOptions& options, const Command& command,
                      const std::vector<CommandFinding>& findings) {
  const bool valid = !has_fault(findings);
  if (session.output().format() != OutputFormat::table) {
    session.output().record(
        {{"file", options.file},
         {"request_type", command.request_type},
         {"valid", valid},
         {"faults", describe_findings(findings, CommandFinding::Severity::fault)},
         {"warnings", describe_findings(findings, CommandFinding::Severity::doubt)}});
  } else {
    session.output().text(findings_text(findings));
    if (valid) {
      session.note(command.request_type + " in " + options.file + " is valid");
    }
  }
  if (valid) {
    return ExitCode::done;
  }
  const auto faults = describe_findings(findings, CommandFinding::Severity::fault).size();
  return {ExitCode::faults_found,
          Error{ErrorCode::malformed,
                options.file + ": " + std::to_string(faults) + (faults == 1 ? " fault" : " faults"),
                "'bramley command explain " + command.request_type + "' shows what it takes"}};
}

CommandResult validate(Session& session, const ValidateOptions& options) {
  const auto targets = described_target(options);
  if (!targets) {
    return CommandResult::usage(Error(targets.error()));
  }
  if (is_request_type(options.file)) {
    session.note("reading the file '" + options.file + "'");
  }
  const std::string path = is_request_type(options.file) ? "./" + options.file : options.file;
  const auto command = read_command(session, {.what = path, .parameters = {}});
  if (!command) {
    return {ExitCode::faults_found, Error(command.error())};
  }
  const auto keys = command_keys(*command);
  if (!keys) {
    return {ExitCode::faults_found, Error(keys.error())};
  }
  return verdict(session, options, *command,
                 check_command(CommandCatalogue::apple(), *keys, *targets));
}

}  // namespace

void add_command_build(CommandNode& command) {
  auto options = std::make_shared<BuildOptions>();
  CommandNode& node = command.add("build", "Print a command's property list");
  node.describe(
      "With a fresh CommandUUID. Values take the type that Apple gives the key: true and false, "
      "whole numbers, dates (2026-11-24T03:06:13Z), base64:… for data; lists are split at commas, "
      "or add up when the key is given again. A dot leads into a dictionary, [0] to an item, and "
      "the name of an item of Settings to that one:\n\n"
      "  --set ReturnToService.Enabled=true --set Settings.DeviceName.DeviceName=\"My Mac\"\n\n"
      "Secret keys (PIN, NewPassword, UnlockToken…) take a reference: @FILE, env:NAME, fd:N or -. "
      "What is missing or cannot be is refused; see 'command explain'.");
  node.positional(
      {.name = "TYPE|FILE|-", .help = "A request type, or a command in YAML, JSON or plist"},
      options->source.what);
  add_parameter_flags(node, options->source.parameters);
  node.flag({.name = "no-validate", .help = "Print it whatever it is"}, options->no_validate);
  node.example("bramley command build InstallProfile --data Payload=wifi.mobileconfig",
               "A command for another program to send.");
  node.example("bramley command build Settings --set Settings.Bluetooth.Enabled=false",
               "One setting of many.");
  node.run([options](Session& session) { return build(session, *options); });
}

void add_command_validate(CommandNode& command) {
  auto options = std::make_shared<ValidateOptions>();
  CommandNode& node = command.add("validate", "Check a command before it is sent");
  node.describe(
      "Missing keys, wrong types and values that Apple does not name are faults, and so is what "
      "the described device cannot run; keys that nobody knows, and systems newer than this "
      "version knows, are warnings. Exit code 5 when there is a fault.");
  node.prints_data();
  node.positional(
      {.name = "FILE", .help = "A command in plist, YAML or JSON, or - for standard input"},
      options->file);
  node.flag({.name = "platform",
             .value = "PLATFORM",
             .help = "For a device of this platform",
             .choices = {"iOS", "iPadOS", "macOS", "tvOS", "visionOS", "watchOS"}},
            options->platform);
  node.flag({.name = "os-version", .value = "VERSION", .help = "with this system (14.4)"},
            options->os_version);
  node.flag({.name = "supervised", .help = "that is supervised"}, options->supervised);
  node.flag({.name = "unsupervised", .help = "that is not supervised"}, options->unsupervised);
  node.flag({.name = "user-channel", .help = "on a user's channel"}, options->user_channel);
  node.flag({.name = "user-enrollment", .help = "enrolled by User Enrollment"},
            options->user_enrollment);
  node.flag({.name = "access-rights", .value = "N", .help = "whose MDM profile has these rights"},
            options->access_rights);
  node.example("bramley command validate erase.plist --platform macOS --os-version 14.4",
               "Would a Mac take it?");
  node.run([options](Session& session) { return validate(session, *options); });
}

}  // namespace bramley
