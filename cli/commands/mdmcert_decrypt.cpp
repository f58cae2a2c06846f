#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/authority_files.h"
#include "cli/commands/mdmcert.h"
#include "cli/input.h"
#include "cli/key_files.h"
#include "cli/mdmcert_files.h"
#include "cli/output_file.h"
#include "cli/push_request_report.h"
#include "cli/session.h"
#include "vendor-tool/push_request.h"
#include "vendor-tool/sealed_attachment.h"

namespace bramley {
namespace {

constexpr std::size_t file_limit = 4U << 20U;

struct DecryptOptions {
  std::string file;
  std::filesystem::path directory;
  std::filesystem::path key;
  std::filesystem::path certificate;
  SecretReference passphrase;
  std::filesystem::path root;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;

  [[nodiscard]] bool to_stdout() const { return out.empty() || out == "-"; }
};

Status check_options(const DecryptOptions& options) {
  const bool both = !options.key.empty() && !options.certificate.empty();
  const bool any = !options.key.empty() || !options.certificate.empty();
  if (options.directory.empty() ? !both : any) {
    return Error{ErrorCode::malformed, "give either --dir, or --key and --cert"};
  }
  return {};
}

// Whom the attachment should be for.
struct Recipient {
  PrivateKey key;
  Certificate certificate;
};

Result<Recipient> read_recipient(const DecryptOptions& options, const SecretBytes* passphrase) {
  const MdmcertFiles files(options.directory);
  const bool in_folder = !options.directory.empty();
  TRY_ASSIGN(PrivateKey key,
             read_key_file(in_folder ? files.encryption_key : options.key, passphrase));
  TRY_ASSIGN(Certificate certificate,
             read_certificate_file(in_folder ? files.encryption_certificate : options.certificate));
  return Recipient{std::move(key), std::move(certificate)};
}

Result<Bytes> decrypt(Session& session, const DecryptOptions& options) {
  TRY_ASSIGN(const auto passphrase, optional_passphrase(session, options.passphrase));
  const auto recipient = read_recipient(options, passphrase ? &*passphrase : nullptr);
  if (!recipient) {
    Error error = recipient.error();
    if (!options.directory.empty() && error.code == ErrorCode::unavailable) {
      error.hint = "--dir names the folder in which 'bramley mdmcert request' made the keys";
    }
    return error;
  }
  TRY_ASSIGN(const Bytes content, read_input(options.file, file_limit));
  auto opened = open_attachment(content, recipient->certificate, recipient->key);
  if (!opened) {
    return std::move(opened).error().while_doing(options.file);
  }
  if (auto request = read_push_request(*opened); !request) {
    return Error{ErrorCode::malformed,
                 options.file + ": decrypted, but what it holds is not a push request: " +
                     request.error().message,
                 "tell the service: it has sent something else"};
  }
  return opened;
}

Result<Inspection> inspect(Session& session, const DecryptOptions& options, ByteView request) {
  InspectionTerms terms{session.clock().now(), std::nullopt, std::nullopt};
  if (!options.root.empty()) {
    TRY_ASSIGN(terms.root, read_certificate_file(options.root));
  }
  const MdmcertFiles files(options.directory);
  std::error_code ignored;
  if (!options.directory.empty() && std::filesystem::exists(files.push_request, ignored)) {
    TRY_ASSIGN(const CertificateRequest own, read_request_file(files.push_request));
    terms.expected_request = own.der();
  }
  return inspect_push_request(request, terms);
}

// On stderr when the request itself goes to stdout.
void tell(Session& session, const DecryptOptions& options, const Inspection& inspection) {
  for (const Finding& finding : inspection.findings) {
    if (finding.level == Finding::Level::warning) {
      session.warn(finding.message);
    }
  }
  if (!options.to_stdout()) {
    Json description = {{"file", options.out.string()}};
    description.update(describe_inspection(inspection));
    if (session.output().format() == OutputFormat::table) {
      session.output().text(inspection_text(inspection));
    } else {
      session.output().record(description);
    }
  }
}

CommandResult decrypt_and_inspect(Session& session, const DecryptOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  if (auto free = check_output_file(options.out, overwrite_if(options.force)); !free) {
    return CommandResult::failed(std::move(free).error());
  }
  const auto request = decrypt(session, options);
  if (!request) {
    return CommandResult::failed(Error(request.error()));
  }
  const auto inspection = inspect(session, options, *request);
  if (!inspection) {
    return CommandResult::failed(Error(inspection.error()));
  }
  const bool write = !options.dry_run || options.to_stdout();
  if (write) {
    if (auto written = write_output_file(session, options.out, *request, FileMode::shared,
                                         overwrite_if(options.force));
        !written) {
      return CommandResult::failed(std::move(written).error());
    }
  }
  if (inspection->has_faults()) {
    tell(session, options, *inspection);
    return {ExitCode::faults_found, faults_error(*inspection, "do not upload it: " + options.file)};
  }
  if (!write) {
    return would_change(session, "write " + options.out.string());
  }
  tell(session, options, *inspection);
  session.note(
      "next: upload it at identity.apple.com (choose Renew beside the old certificate if "
      "there is one), then import what the portal gives with the push key");
  return ExitCode::done;
}

void add_flags(CommandNode& node, DecryptOptions& options) {
  node.positional({.name = "FILE", .help = "The attachment, or - for standard input"},
                  options.file);
  node.flag({.name = "dir", .value = "DIR", .help = "The folder of 'bramley mdmcert request'"},
            options.directory);
  node.flag({.name = "key", .value = "FILE", .help = "The key that it is encrypted for"},
            options.key);
  node.flag({.name = "cert", .value = "FILE", .help = "The certificate of that key"},
            options.certificate);
  node.flag({.name = "passphrase",
             .value = "REF",
             .help = "Of the key, when it is encrypted",
             .variable = "BRAMLEY_MDMCERT_PASSPHRASE"},
            options.passphrase);
  node.flag({.name = "out",
             .value = "FILE",
             .help = "Write the request here",
             .default_text = "standard output"},
            options.out);
  node.flag(
      {.name = "root", .value = "FILE", .help = "Take this root in place of Apple's, for tests"},
      options.root);
  node.flag({.name = "force", .help = "Overwrite a file that exists"}, options.force);
  node.flag({.name = "dry-run", .help = "Decrypt and check, and write nothing (exit 8)"},
            options.dry_run);
}

}  // namespace

void add_mdmcert_decrypt(CommandNode& mdmcert) {
  auto options = std::make_shared<DecryptOptions>();
  CommandNode& node = mdmcert.add("decrypt", "Decrypt the service's answer and check it");
  node.describe(
      "Takes the attachment of the service's e-mail as hex, base64, PEM or DER, decrypts it, and "
      "looks at the request inside as 'bramley vendor verify' does before it says that it can be "
      "uploaded: a signing certificate that is expired is named here. With --dir it must be the "
      "request of that folder. Exit code 5 when there is a fault; the file is written all the "
      "same.");
  node.prints_data();
  add_flags(node, *options);
  node.example(
      "bramley mdmcert decrypt mdm_signed_request.20270601_101500_001.plist.b64.p7 --dir push "
      "--out push.req",
      "push.req is what the portal takes.");
  node.run([options](Session& session) { return decrypt_and_inspect(session, *options); });
}

}  // namespace bramley
