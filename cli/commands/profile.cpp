#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/profile_summary.h"
#include "cli/session.h"

namespace bramley {
namespace {

constexpr std::size_t profile_limit = 16U << 20U;

CommandResult show_profile(Session& session, const std::string& file) {
  auto content = read_input(file, profile_limit);
  if (!content) {
    return CommandResult::failed(std::move(content).error());
  }
  auto summary = summarize_profile(*content);
  if (!summary) {
    return CommandResult::failed(std::move(summary).error().while_doing(file));
  }
  session.output().record(*summary);
  return ExitCode::done;
}

}  // namespace

void add_profile(CommandNode& root) {
  CommandNode& profile = root.add("profile", "Configuration profiles");
  add_profile_enrollment(profile);
  add_profile_sign(profile);
  add_profile_verify(profile);
  add_profile_lint(profile);
  auto file = std::make_shared<std::string>();
  CommandNode& show = profile.add("show", "Show what is in a profile");
  show.describe(
      "Names its payloads and, for one that enrolls, the server, topic and SCEP settings. The "
      "challenge is a secret and is not shown. Signed profiles are opened; whom the signer's "
      "certificate comes from is not judged.");
  show.prints_data();
  show.positional({.name = "FILE", .help = "The profile, or - for standard input"}, *file);
  show.run([file](Session& session) { return show_profile(session, *file); });
}

}  // namespace bramley
