#include <memory>
#include <nlohmann/json.hpp>

#include "cli/authority_files.h"
#include "cli/commands/commands.h"
#include "cli/output_file.h"
#include "cli/session.h"

namespace bramley {
namespace {

// What certificates are backdated by: clocks of devices are wrong.
constexpr std::chrono::hours backdated{24};

struct InitOptions {
  AuthorityFiles files;
  std::string organization = "Bramley";
  std::string common_name = "Bramley device CA";
  std::chrono::seconds valid_for = std::chrono::hours(24 * 3650);
  std::string key_bits = "2048";
  bool force = false;
  bool dry_run = false;
};

struct ShowOptions {
  std::filesystem::path file;
  std::filesystem::path directory;
};

Json describe(const Certificate& certificate, Timestamp now) {
  return {{"subject", certificate.subject()},
          {"issuer", certificate.issuer()},
          {"serial", certificate.serial_hex()},
          {"sha256", certificate.fingerprint().hex()},
          {"key_bits", certificate.public_key_bits()},
          {"not_before", format_rfc3339(certificate.not_before())},
          {"not_after", format_rfc3339(certificate.not_after())},
          {"valid_now", certificate.is_valid_at(now)}};
}

CommandResult make_authority(Session& session, const InitOptions& options) {
  if (auto lasting = check_valid_for(options.valid_for); !lasting) {
    return CommandResult::usage(std::move(lasting).error());
  }
  const auto files = options.files.resolved("--cert-out and --key-out");
  if (!files) {
    return CommandResult::usage(Error(files.error()));
  }
  if (auto fine = check_pair(files->certificate, files->key); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  const Overwrite overwrite = overwrite_if(options.force);
  if (auto free = check_new_authority_files(*files, overwrite); !free) {
    return CommandResult::failed(std::move(free).error());
  }
  const std::string places = files->certificate.string() + " and " + files->key.string();
  if (options.dry_run) {
    return would_change(session, "make a CA in " + places);
  }
  const Timestamp now = session.clock().now();
  const auto authority = make_certificate_authority({.common_name = options.common_name,
                                                     .organization = options.organization,
                                                     .not_before = now - backdated,
                                                     .not_after = now + options.valid_for,
                                                     .key_bits = std::stoi(options.key_bits)},
                                                    session.random());
  if (!authority) {
    return CommandResult::failed(Error(authority.error()));
  }
  if (auto written = write_authority_files(session, *files, *authority, overwrite); !written) {
    return CommandResult::failed(std::move(written).error());
  }
  session.note("the CA is in " + places);
  if (files->certificate == "-" || files->key == "-") {
    return ExitCode::done;  // stdout has it already
  }
  session.output().record(describe(authority->certificate, now));
  return ExitCode::done;
}

CommandResult show_authority(Session& session, const ShowOptions& options) {
  if (options.file.empty() == options.directory.empty()) {
    return CommandResult::usage("give either FILE or --credentials-dir");
  }
  std::filesystem::path file = options.file;
  if (file.empty()) {
    const auto files = AuthorityFiles{options.directory, {}, {}}.resolved("");
    if (!files) {
      return CommandResult::usage(files.error());
    }
    file = files->certificate;
  }
  const auto certificate = read_certificate_file(file);
  if (!certificate) {
    return CommandResult::failed(Error(certificate.error()));
  }
  session.output().record(describe(*certificate, session.clock().now()));
  return ExitCode::done;
}

void add_init(CommandNode& ca) {
  auto options = std::make_shared<InitOptions>();
  CommandNode& init = ca.add("init", "Make a CA for the identities of devices");
  init.describe(
      "Makes a self-signed RSA CA that SCEP can use. In a credentials directory the two files "
      "have the names that 'bramley serve' looks for (scep-ca.pem and scep-ca.key). The key file "
      "has mode 0600. A CA cannot be exchanged later: devices hold identities that it issued.");
  init.prints_data();
  add_authority_flags(init, options->files, AuthorityRole::output);
  init.flag({.name = "organization", .value = "NAME", .help = "O of its name"},
            options->organization);
  init.flag({.name = "common-name", .value = "NAME", .help = "CN of its name"},
            options->common_name);
  init.flag({.name = "valid-for", .value = "DURATION", .help = "How long it is valid"},
            options->valid_for);
  init.flag({.name = "key-bits",
             .value = "N",
             .help = "The size of its RSA key",
             .choices = {"2048", "3072", "4096"}},
            options->key_bits);
  init.flag({.name = "force", .help = "Overwrite files that exist"}, options->force);
  init.flag({.name = "dry-run", .help = "Say what would be made (exit 8), and make nothing"},
            options->dry_run);
  init.example("bramley ca init --credentials-dir credentials --organization 'Example Ltd'",
               "A CA for 'bramley serve --credentials-dir credentials'.");
  init.run([options](Session& session) { return make_authority(session, *options); });
}

void add_show(CommandNode& ca) {
  auto options = std::make_shared<ShowOptions>();
  CommandNode& show = ca.add("show", "Show a CA's certificate");
  show.prints_data();
  show.positional({.name = "FILE",
                   .help = "The certificate, PEM or DER",
                   .need = PositionalSpec::Need::optional},
                  options->file);
  show.flag({.name = "credentials-dir", .value = "DIR", .help = "The CA in this directory"},
            options->directory);
  show.run([options](Session& session) { return show_authority(session, *options); });
}

}  // namespace

void add_authority_flags(CommandNode& node, AuthorityFiles& files, AuthorityRole role) {
  const bool out = role == AuthorityRole::output;
  node.flag({.name = "credentials-dir",
             .value = "DIR",
             .help = out ? "Write the CA into this credentials directory"
                         : "Use the CA in this credentials directory"},
            files.directory);
  node.flag({.name = out ? "cert-out" : "ca-cert",
             .value = "FILE",
             .help = out ? "Write the certificate here" : "The CA's certificate"},
            files.certificate);
  node.flag({.name = out ? "key-out" : "ca-key",
             .value = "FILE",
             .help = out ? "Write the key here" : "The CA's key"},
            files.key);
}

Status check_valid_for(std::chrono::seconds valid_for) {
  if (valid_for <= std::chrono::seconds(0)) {
    return Error{ErrorCode::malformed, "--valid-for: it would be over when it begins"};
  }
  return {};
}

void add_ca(CommandNode& root) {
  CommandNode& ca = root.add("ca", "The SCEP CA, which issues the identities of devices");
  add_init(ca);
  add_show(ca);
  add_ca_issue(ca);
}

}  // namespace bramley
