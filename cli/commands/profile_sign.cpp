#include <memory>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/output_file.h"
#include "cli/profile_signer.h"

namespace bramley {
namespace {

constexpr std::size_t profile_limit = 16U << 20U;

struct SignOptions {
  std::string file;
  ProfileSignerFiles signer;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;
};

Result<Bytes> signed_profile(Session& session, const SignOptions& options) {
  TRY_ASSIGN(const ProfileSigner signer, load_profile_signer(session, options.signer));
  TRY_ASSIGN(const Bytes profile, read_input(options.file, profile_limit));
  auto made = sign_profile(session, signer, profile);
  return made ? std::move(made) : Result<Bytes>(std::move(made).error().while_doing(options.file));
}

CommandResult sign(Session& session, const SignOptions& options) {
  const bool to_file = !options.out.empty() && options.out != "-";
  if (!to_file && session.surroundings().out_width) {
    return CommandResult::usage("a signed profile is no text for a terminal",
                                "write it to a file with --out FILE");
  }
  if (auto free = check_output_file(options.out, overwrite_if(options.force)); !free) {
    return CommandResult::failed(std::move(free).error());
  }
  const auto made = signed_profile(session, options);
  if (!made) {
    return CommandResult::failed(Error(made.error()));
  }
  if (options.dry_run && to_file) {
    return would_change(session, "write " + options.out.string());
  }
  // It may hold a challenge: a secret.
  if (auto written = write_output_file(session, options.out, *made, FileMode::secret,
                                       overwrite_if(options.force));
      !written) {
    return CommandResult::failed(std::move(written).error());
  }
  return ExitCode::done;
}

}  // namespace

void add_profile_sign(CommandNode& profile) {
  auto options = std::make_shared<SignOptions>();
  CommandNode& node = profile.add("sign", "Sign a profile, so that devices show whose it is");
  node.describe(
      "Puts the profile, as it is, into a CMS signature with SHA-256 and the signer's chain. The "
      "certificate and key may be PEM, DER or PKCS#12. Devices show a profile as verified when the "
      "chain leads to a root that they trust. A signature that is there already is replaced.");
  node.positional({.name = "FILE", .help = "The profile, or - for standard input"}, options->file);
  add_signer_flags(node, options->signer, SignerFlags::required);
  node.flag({.name = "out",
             .value = "FILE",
             .help = "Write the signed profile here (mode 0600)",
             .default_text = "standard output"},
            options->out);
  node.flag({.name = "force", .help = "Overwrite a file that exists"}, options->force);
  node.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options->dry_run);
  node.example(
      "bramley profile sign enroll.mobileconfig --sign-cert fullchain.pem --sign-key privkey.pem "
      "--out signed.mobileconfig",
      "With the certificate of a web server.");
  node.run([options](Session& session) { return sign(session, *options); });
}

}  // namespace bramley
