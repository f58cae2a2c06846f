#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/profile_report.h"
#include "cli/session.h"
#include "core/mdm/profile_document.h"

namespace bramley {
namespace {

constexpr std::size_t profile_limit = 16U << 20U;
constexpr std::size_t roots_limit = 4U << 20U;

struct LintOptions {
  std::string file;
  std::string against;
  bool strict = false;
};

struct VerifyOptions {
  std::string file;
  std::filesystem::path root;
};

CommandResult verdict(Session& session, const std::string& file, Json description,
                      const std::vector<ProfileRemark>& remarks, Strictness strictness) {
  const bool fine = passes(remarks, strictness);
  if (session.output().format() == OutputFormat::table) {
    session.output().text(remarks_text(remarks));
  } else {
    Json record = {{"file", file}, {"ok", fine}};
    record.update(description);
    record["findings"] = describe_remarks(remarks);
    session.output().record(record);
  }
  if (!fine) {
    return {ExitCode::faults_found, remarks_error(remarks, file)};
  }
  return ExitCode::done;
}

CommandResult lint(Session& session, const LintOptions& options) {
  if (options.file == "-" && options.against == "-") {
    return CommandResult::usage("only one of the two profiles can come from standard input");
  }
  const auto profile = read_input(options.file, profile_limit);
  if (!profile) {
    return CommandResult::failed(Error(profile.error()));
  }
  auto remarks = lint_profile(*profile, session.clock().now());
  if (!options.against.empty()) {
    const auto old = read_input(options.against, profile_limit);
    if (!old) {
      return CommandResult::failed(Error(old.error()));
    }
    const auto changes = lint_profile_update(*old, *profile);
    remarks.insert(remarks.end(), changes.begin(), changes.end());
  }
  return verdict(session, options.file, Json::object(), remarks,
                 options.strict ? Strictness::warnings_too : Strictness::faults);
}

Result<std::vector<Certificate>> read_roots(const std::filesystem::path& file) {
  if (file.empty()) {
    return std::vector<Certificate>();
  }
  TRY_ASSIGN(const Bytes content, read_input_file(file, roots_limit));
  if (auto one = Certificate::from_der(content)) {
    return std::vector{*std::move(one)};
  }
  auto roots = Certificate::all_from_pem(as_text(content));
  return roots ? std::move(roots)
               : Result<std::vector<Certificate>>(
                     std::move(roots).error().while_doing(file.string()));
}

CommandResult verify(Session& session, const VerifyOptions& options) {
  const auto roots = read_roots(options.root);
  if (!roots) {
    return CommandResult::failed(Error(roots.error()));
  }
  const auto profile = read_input(options.file, profile_limit);
  if (!profile) {
    return CommandResult::failed(Error(profile.error()));
  }
  const auto remarks = check_profile_signature(*profile, session.clock().now(), *roots);
  Json description = Json::object();
  const auto document = open_profile(*profile);
  if (document && document->signature) {
    description = describe_signature(*document->signature);
    if (session.output().format() == OutputFormat::table) {
      session.output().record({{"signed_by", description["signed_by"]},
                               {"signed_at", description["signed_at"]},
                               {"valid_until", description["chain"][0]["not_after"]}});
    }
  }
  if (roots->empty() && document && document->signature && !has_faults(remarks)) {
    session.note("where the chain leads was not judged: name a root with --root");
  }
  return verdict(session, options.file, std::move(description), remarks, Strictness::faults);
}

}  // namespace

void add_profile_verify(CommandNode& profile) {
  auto options = std::make_shared<VerifyOptions>();
  CommandNode& node = profile.add("verify", "Check the signature of a profile");
  node.describe(
      "That it is signed and was not changed since, with a digest that is good, and that every "
      "certificate of the signer's chain is in its dates. With --root the chain must lead there; "
      "devices have their own roots. Exit code 5 when there is a fault.");
  node.prints_data();
  node.positional({.name = "FILE", .help = "The profile, or - for standard input"}, options->file);
  node.flag({.name = "root",
             .value = "FILE",
             .help = "The certificate, or several in PEM, that the chain must lead to"},
            options->root);
  node.run([options](Session& session) { return verify(session, *options); });
}

void add_profile_lint(CommandNode& profile) {
  auto options = std::make_shared<LintOptions>();
  CommandNode& node = profile.add("lint", "Find what devices would refuse in a profile");
  node.describe(
      "Judges the document and, key by key, the payloads of enrollment (MDM, SCEP, certificates) "
      "by Apple's rules. With --against it also says what an update of an installed enrollment "
      "profile may not change. Exit code 5 when there is a fault; warnings do not count.");
  node.prints_data();
  node.positional({.name = "FILE", .help = "The profile, or - for standard input"}, options->file);
  node.flag({.name = "against",
             .value = "OLD",
             .help = "The profile that devices have now, which FILE is to replace"},
            options->against);
  node.flag({.name = "strict", .help = "Warnings count as faults, too"}, options->strict);
  node.example("bramley profile lint new.mobileconfig --against enroll.mobileconfig",
               "Before an update is sent to devices.");
  node.run([options](Session& session) { return lint(session, *options); });
}

}  // namespace bramley
