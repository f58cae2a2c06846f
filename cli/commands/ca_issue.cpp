#include <algorithm>
#include <memory>

#include "cli/authority_files.h"
#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/output_file.h"
#include "cli/session.h"

namespace bramley {
namespace {

constexpr std::chrono::hours backdated{24};
constexpr std::size_t request_limit = 1U << 20U;
constexpr int new_key_bits = 2048;
constexpr int least_rsa_bits = 2048;

struct IssueOptions {
  AuthorityFiles files;
  SecretReference passphrase;
  std::string request_file;
  std::string common_name;
  std::filesystem::path key_out;
  std::chrono::seconds valid_for = std::chrono::hours(24 * 365);
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;
};

// What is to be certified: somebody's request, or one of ours with its new key.
struct Subject {
  CertificateRequest request;
  std::optional<PrivateKey> new_key;
};

Result<Subject> read_subject(const IssueOptions& options) {
  if (options.request_file.empty()) {
    TRY_ASSIGN(PrivateKey key, PrivateKey::generate_rsa(new_key_bits));
    TRY_ASSIGN(CertificateRequest request,
               make_certificate_request(
                   key, {.subject = {{"CN", options.common_name}}, .challenge = nullptr}));
    return Subject{std::move(request), std::move(key)};
  }
  TRY_ASSIGN(const Bytes content, read_input(options.request_file, request_limit));
  auto request = CertificateRequest::from_file_content(content);
  if (!request) {
    return std::move(request).error().while_doing(options.request_file);
  }
  if (auto proven = request->verify_signature(); !proven) {
    return std::move(proven).error().while_doing(options.request_file);
  }
  if (request->has_rsa_key() && request->public_key_bits() < least_rsa_bits) {
    return Error{ErrorCode::malformed,
                 options.request_file + ": an RSA key of " +
                     std::to_string(request->public_key_bits()) + " bits is not certified",
                 "make a key of 2048 bits or more, and a new request"};
  }
  return Subject{*std::move(request), std::nullopt};
}

Result<Certificate> issue(Session& session, LocalCertificateAuthority& authority,
                          const CertificateRequest& request, std::chrono::seconds valid_for) {
  const Timestamp now = session.clock().now();
  const Certificate& issuer = authority.certificate();
  if (!issuer.is_valid_at(now)) {
    return Error{ErrorCode::conflict, "the CA is valid from " +
                                          format_rfc3339(issuer.not_before()) + " to " +
                                          format_rfc3339(issuer.not_after()) + " only"};
  }
  return authority.issue(request,
                         {.not_before = std::max<Timestamp>(now - backdated, issuer.not_before()),
                          .not_after = std::min<Timestamp>(now + valid_for, issuer.not_after()),
                          .serial = random_serial(session.random()),
                          .subject_alternative_names = request.subject_alternative_names()});
}

Status check_options(const IssueOptions& options) {
  if (options.request_file.empty() == options.common_name.empty()) {
    return Error{ErrorCode::malformed, "give either a CSR or --common-name"};
  }
  if (options.common_name.empty() != options.key_out.empty()) {
    return Error{ErrorCode::malformed, "--common-name and --key-out go together"};
  }
  TRY(check_valid_for(options.valid_for));
  return check_pair(options.out, options.key_out);
}

// An encrypted key whose passphrase was not given: asked for, where there is somebody to ask.
Result<LocalCertificateAuthority> open_authority(Session& session, const IssueOptions& options,
                                                 const AuthorityFiles& files) {
  if (!options.passphrase.is_given()) {
    auto authority = read_authority_files(files, nullptr);
    if (authority || authority.error().code != ErrorCode::unauthenticated) {
      return authority;
    }
    if (!session.surroundings().in_is_terminal) {
      return std::move(authority).error().with_hint(
          "give the passphrase with --passphrase REF or BRAMLEY_CA_PASSPHRASE");
    }
  }
  TRY_ASSIGN(const SecretBytes passphrase,
             session.secret(options.passphrase, "--passphrase", "Passphrase of the CA's key"));
  return read_authority_files(files, &passphrase);
}

Status issue_and_write(Session& session, const IssueOptions& options, const AuthorityFiles& files) {
  const Overwrite overwrite = overwrite_if(options.force);
  TRY(check_output_file(options.out, overwrite));
  TRY(check_output_file(options.key_out, overwrite));
  TRY_ASSIGN(auto authority, open_authority(session, options, files));
  TRY_ASSIGN(const Subject subject, read_subject(options));
  TRY_ASSIGN(const Certificate certificate,
             issue(session, authority, subject.request, options.valid_for));
  if (options.dry_run) {
    return {};
  }
  if (subject.new_key) {
    TRY_ASSIGN(SecretBytes key, subject.new_key->to_pem());
    return write_pair(session, {options.out, certificate.pem(), options.key_out, std::move(key)},
                      overwrite);
  }
  return write_output_file(session, options.out, as_bytes(certificate.pem()), FileMode::shared,
                           overwrite);
}

CommandResult issue_certificate(Session& session, const IssueOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  const auto files = options.files.resolved("--ca-cert and --ca-key");
  if (!files) {
    return CommandResult::usage(Error(files.error()));
  }
  if (auto issued = issue_and_write(session, options, *files); !issued) {
    return CommandResult::failed(std::move(issued).error());
  }
  if (options.dry_run) {
    return would_change(session, "issue a certificate");
  }
  return ExitCode::done;
}

}  // namespace

void add_ca_issue(CommandNode& ca) {
  auto options = std::make_shared<IssueOptions>();
  CommandNode& issue = ca.add("issue", "Issue an identity certificate");
  issue.describe(
      "For a request (PEM or DER) whose signature proves the key, or, with --common-name, for a "
      "new key. The certificate is for client authentication, as those that SCEP issues; it never "
      "outlives the CA. A server does not know certificates that were issued here until a device "
      "enrolls with one.");
  issue.positional({.name = "CSR",
                    .help = "The request's file, or - for standard input",
                    .need = PositionalSpec::Need::optional},
                   options->request_file);
  add_authority_flags(issue, options->files, AuthorityRole::input);
  issue.flag({.name = "passphrase",
              .value = "REF",
              .help = "Of the CA's key, when it is encrypted",
              .variable = "BRAMLEY_CA_PASSPHRASE"},
             options->passphrase);
  issue.flag({.name = "common-name", .value = "NAME", .help = "Make a new key, for this name"},
             options->common_name);
  issue.flag({.name = "key-out", .value = "FILE", .help = "Write the new key here (mode 0600)"},
             options->key_out);
  issue.flag({.name = "valid-for", .value = "DURATION", .help = "How long it is valid"},
             options->valid_for);
  issue.flag({.name = "out",
              .value = "FILE",
              .help = "Write the certificate here",
              .default_text = "standard output"},
             options->out);
  issue.flag({.name = "force", .help = "Overwrite files that exist"}, options->force);
  issue.flag({.name = "dry-run", .help = "Check everything and issue nothing (exit 8)"},
             options->dry_run);
  issue.example(
      "bramley ca issue --credentials-dir credentials --common-name test --key-out "
      "test.key --out test.pem",
      "An identity to try a server with.");
  issue.run([options](Session& session) { return issue_certificate(session, *options); });
}

}  // namespace bramley
