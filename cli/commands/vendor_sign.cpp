#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "cli/authority_files.h"
#include "cli/commands/vendor.h"
#include "cli/key_files.h"
#include "cli/output_file.h"
#include "cli/session.h"
#include "cli/vendor_identity.h"
#include "core/crypto/enveloped_message.h"

namespace bramley {
namespace {

constexpr std::size_t most_requests = 10'000;

struct SignOptions {
  std::vector<std::filesystem::path> requests;
  VendorFlags vendor;
  std::string digest = "sha256";
  std::filesystem::path encrypt_to;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;
};

// One request and where its answer goes; empty: standard output.
struct Job {
  std::filesystem::path request;
  std::filesystem::path out;
};

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Status add_folder(const std::filesystem::path& folder, std::vector<std::filesystem::path>& found) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const auto extension = entry->path().extension();
    if (extension == ".csr" || extension == ".certSigningRequest") {
      files.push_back(entry->path());
    }
  }
  if (failure) {
    return Error{ErrorCode::unavailable, folder.string() + ": " + failure.message()};
  }
  if (files.empty()) {
    return Error{ErrorCode::malformed, folder.string() + ": no request in it",
                 "in a folder, files named *.csr and *.certSigningRequest are taken"};
  }
  std::ranges::sort(files);
  found.insert(found.end(), files.begin(), files.end());
  return {};
}

Result<std::vector<Job>> plan(const SignOptions& options) {
  std::vector<std::filesystem::path> requests;
  bool many = options.requests.size() > 1 || is_folder(options.out);
  for (const auto& path : options.requests) {
    if (is_folder(path)) {
      many = true;
      TRY(add_folder(path, requests));
    } else {
      requests.push_back(path);
    }
  }
  if (requests.size() > most_requests) {
    return Error{ErrorCode::malformed, "more than 10000 requests in one call"};
  }
  if (!many) {
    return std::vector<Job>{{requests.front(), options.out}};
  }
  if (options.out.empty() || options.out == "-") {
    return Error{ErrorCode::malformed, "several requests need --out DIR"};
  }
  std::vector<Job> jobs;
  std::set<std::filesystem::path> names;
  for (const auto& request : requests) {
    std::filesystem::path name = request.stem();
    name += options.encrypt_to.empty() ? ".req" : ".plist.b64.p7";
    if (!names.insert(name).second) {
      return Error{ErrorCode::malformed, "two requests would be written to " + name.string(),
                   "sign them in two calls, each with its own --out"};
    }
    jobs.push_back({request, options.out / name});
  }
  return jobs;
}

class Signing {
 public:
  Signing(Session& session, const SignOptions& options, PushRequestSigner signer,
          std::optional<Certificate> recipient)
      : session_(session),
        options_(options),
        signer_(std::move(signer)),
        recipient_(std::move(recipient)) {}

  // The line of the summary, or why it was not signed.
  Result<Json> sign(const Job& job) {
    TRY(check_output_file(job.out, overwrite_if(options_.force)));
    TRY_ASSIGN(const CertificateRequest request, read_request_file(job.request));
    auto signed_request = signer_.sign(request);
    if (!signed_request) {
      return std::move(signed_request).error().while_doing(job.request.string());
    }
    std::string content = *std::move(signed_request);
    if (recipient_) {
      TRY_ASSIGN(content, seal_push_request(content, *recipient_));
    }
    if (!options_.dry_run) {
      TRY(write_output_file(session_, job.out, as_bytes(content), FileMode::shared,
                            overwrite_if(options_.force)));
    }
    return Json{{"csr", job.request.string()},
                {"subject", request.subject()},
                {"signed", true},
                {"file", job.out.string()},
                {"error", nullptr}};
  }

 private:
  Session& session_;
  const SignOptions& options_;
  const PushRequestSigner signer_;
  const std::optional<Certificate> recipient_;
};

Result<Certificate> read_recipient(const std::filesystem::path& file) {
  auto recipient = read_certificate_file(file);
  if (!recipient) {
    return std::move(recipient).error().with_hint(
        "--encrypt-to names the customer's encryption certificate, which came with the request");
  }
  if (auto fits = check_envelope_recipient(*recipient); !fits) {
    return std::move(fits).error().while_doing(file.string());
  }
  return recipient;
}

Result<Signing> prepare(Session& session, const SignOptions& options) {
  std::optional<Certificate> recipient;
  if (!options.encrypt_to.empty()) {
    TRY_ASSIGN(recipient, read_recipient(options.encrypt_to));
  }
  TRY_ASSIGN(VendorIdentity identity,
             read_vendor_identity(session, options.vendor,
                                  options.dry_run ? KeepChain::no : KeepChain::yes));
  const bool sha1 = options.digest == "sha1";
  if (sha1) {
    session.warn("Apple's portal has refused SHA-1 since 2021");
  }
  TRY_ASSIGN(PushRequestSigner signer,
             PushRequestSigner::make(std::move(identity),
                                     sha1 ? DigestAlgorithm::sha1 : DigestAlgorithm::sha256,
                                     session.clock().now()));
  return Signing(session, options, std::move(signer), std::move(recipient));
}

CommandResult summarize(Session& session, const SignOptions& options, const Json& lines,
                        std::size_t refused, std::optional<Error> first) {
  const std::size_t count = lines.size();
  session.output().list(lines, {{"CSR", "csr"},
                                {"SIGNED", "signed"},
                                {"FILE", "file"},
                                {"SUBJECT", "subject"},
                                {"ERROR", "error"}});
  if (refused > 0) {
    const std::string text =
        std::to_string(refused) + " of " + std::to_string(count) + " requests refused";
    return {refused == count ? ExitCode::failed : ExitCode::partly_done,
            Error{first->code, text, "the first: " + first->message}};
  }
  return options.dry_run ? ExitCode::would_change : ExitCode::done;
}

CommandResult sign_all(Session& session, const SignOptions& options, Signing& signing,
                       const std::vector<Job>& jobs) {
  Json lines = Json::array();
  std::size_t refused = 0;
  std::optional<Error> first;
  for (const Job& job : jobs) {
    auto line = signing.sign(job);
    if (line) {
      lines.push_back(*std::move(line));
      continue;
    }
    ++refused;
    lines.push_back({{"csr", job.request.string()},
                     {"subject", nullptr},
                     {"signed", false},
                     {"file", nullptr},
                     {"error", line.error().message}});
    session.report(line.error());
    if (!first) {
      first = std::move(line).error();
    }
  }
  return summarize(session, options, lines, refused, std::move(first));
}

CommandResult sign_one(Session& session, const SignOptions& options, Signing& signing,
                       const Job& job) {
  auto line = signing.sign(job);
  if (!line) {
    return CommandResult::failed(std::move(line).error());
  }
  if (options.dry_run) {
    return would_change(session, "sign " + job.request.string());
  }
  if (!job.out.empty() && job.out != "-") {
    session.output().record(*line);
    session.note(options.encrypt_to.empty()
                     ? "next: the customer uploads " + job.out.string() + " at identity.apple.com"
                     : "next: send " + job.out.string() + " to the customer");
  }
  return ExitCode::done;
}

CommandResult sign(Session& session, const SignOptions& options) {
  const auto jobs = plan(options);
  if (!jobs) {
    return CommandResult::usage(Error(jobs.error()));
  }
  auto signing = prepare(session, options);
  if (!signing) {
    return CommandResult::failed(std::move(signing).error());
  }
  const bool into_folder =
      options.requests.size() > 1 || is_folder(options.requests.front()) || is_folder(options.out);
  if (!into_folder) {
    return sign_one(session, options, *signing, jobs->front());
  }
  if (!options.dry_run) {
    if (auto made = make_private_directory(options.out); !made) {
      return CommandResult::failed(std::move(made).error());
    }
  }
  return sign_all(session, options, *signing, *jobs);
}

void add_flags(CommandNode& node, SignOptions& options) {
  node.positional(
      {.name = "CSR",
       .help = "Customers' requests (PEM or DER), or folders of *.csr files; one may be "
               "- for standard input"},
      options.requests);
  add_vendor_flags(node, options.vendor, "BRAMLEY_VENDOR_SIGN_PASSPHRASE");
  node.flag({.name = "digest",
             .value = "WORD",
             .help = "The signature's digest; Apple's portal refuses sha1",
             .choices = {"sha256", "sha1"}},
            options.digest);
  node.flag({.name = "encrypt-to",
             .value = "FILE",
             .help = "Write the e-mail attachment that mdmcert.download would send, for this "
                     "certificate"},
            options.encrypt_to);
  node.flag({.name = "out",
             .value = "PATH",
             .help = "Write here; several requests go into a folder, one file each",
             .default_text = "standard output"},
            options.out);
  node.flag({.name = "force", .help = "Overwrite files that exist"}, options.force);
  node.flag({.name = "dry-run", .help = "Check everything and write nothing (exit 8)"},
            options.dry_run);
}

}  // namespace

void add_vendor_sign(CommandNode& vendor) {
  auto options = std::make_shared<SignOptions>();
  CommandNode& node = vendor.add("sign", "Sign push certificate requests for Apple's portal");
  node.describe(
      "Makes of each customer's request the .req that identity.apple.com takes. Everything is "
      "checked first: the key and the certificate belong together, the certificate is an MDM "
      "vendor's, is valid, and chains to Apple's root (by the root's known SHA-256), and the "
      "request's own signature holds.\n\n"
      "The intermediate and the root come from --intermediate and --root, from the file of --cert, "
      "from the cache, or with --fetch-chain from Apple's site. With several requests the exit "
      "code is 3 when some were refused.");
  node.prints_data();
  add_flags(node, *options);
  node.example(
      "bramley vendor sign customer.csr --cert mdm.cer --key vendor.key --fetch-chain --out "
      "customer.req",
      "One request; the chain is fetched once and kept.");
  node.example(
      "bramley vendor sign requests --cert vendor.p12 --passphrase @passphrase --out signed",
      "A folder of requests into a folder.");
  node.run([options](Session& session) { return sign(session, *options); });
}

}  // namespace bramley
