#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/csr.h"
#include "cli/input.h"
#include "cli/key_files.h"
#include "cli/output_file.h"
#include "cli/session.h"
#include "core/apns/push_certificate.h"

namespace bramley {
namespace {

constexpr int key_bits = 2048;  // what Apple asks for
constexpr std::size_t account_limit = 1U << 10U;

// Whose certificate the request is for: they differ in where it goes and in what can be renewed.
enum class Purpose { push, vendor };

struct MakeOptions {
  Purpose purpose = Purpose::push;
  std::string organization;
  std::string email;
  std::string country;
  std::string common_name;
  std::filesystem::path renew;
  std::filesystem::path key_out;
  std::filesystem::path csr_out;
  SecretReference passphrase;
  bool force = false;
  bool dry_run = false;
};

Result<RequestTerms> terms_of(const MakeOptions& options) {
  return request_terms({options.organization, options.email, options.country, options.common_name});
}

Status check_options(const MakeOptions& options) {
  const bool any_name = !options.organization.empty() || !options.email.empty() ||
                        !options.country.empty() || !options.common_name.empty();
  if (!options.renew.empty() && any_name) {
    return Error{ErrorCode::malformed,
                 "--renew takes the subject of the certificate: leave out --organization, --email, "
                 "--country and --common-name"};
  }
  if (options.renew.empty() && (options.organization.empty() || options.email.empty())) {
    return Error{ErrorCode::malformed, "give --organization and --email, or --renew CERT"};
  }
  if (options.key_out.lexically_normal() == options.csr_out.lexically_normal()) {
    return Error{ErrorCode::malformed, "--key-out and --csr-out name the same file"};
  }
  if (options.renew.empty()) {
    TRY_ASSIGN([[maybe_unused]] const RequestTerms terms, terms_of(options));
  }
  return {};
}

// What is renewed, and what the person has to know at Apple's portal.
struct Renewal {
  Certificate certificate;
  std::string topic;    // empty for a vendor's
  std::string account;  // empty: not known
};

// TOPIC.account beside the certificate: what --apple-account said when it was imported.
std::string stored_account(const std::filesystem::path& certificate, const std::string& topic) {
  const auto content = read_file(certificate.parent_path() / (topic + ".account"), account_limit);
  if (!content) {
    return {};
  }
  const std::string text = to_text(*content);
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::size_t end = text.find_first_of("\r\n", begin);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

Result<Renewal> read_renewal(const MakeOptions& options) {
  TRY_ASSIGN(const KeyMaterial material, read_material_file(options.renew));
  if (material.certificates.empty()) {
    return Error{ErrorCode::malformed, options.renew.string() + ": no certificate in it"};
  }
  Renewal renewal{material.certificates.front(), {}, {}};
  if (options.purpose == Purpose::push) {
    auto topic = push_topic(renewal.certificate);
    if (!topic) {
      return std::move(topic).error().while_doing(options.renew.string());
    }
    renewal.topic = *std::move(topic);
    renewal.account = stored_account(options.renew, renewal.topic);
  } else if (apple_certificate_kind(renewal.certificate) != AppleCertificateKind::mdm_vendor) {
    return Error{ErrorCode::malformed,
                 options.renew.string() + ": not an MDM vendor's signing certificate",
                 "it is the mdm.cer of developer.apple.com; for a push certificate there is "
                 "'bramley csr push --renew'"};
  }
  return renewal;
}

Result<RequestTerms> terms_of(const MakeOptions& options, const std::optional<Renewal>& renewal) {
  if (renewal) {
    return RequestTerms{{}, nullptr, renewal->certificate.subject_der()};
  }
  return terms_of(options);
}

void tell_what_is_next(Session& session, const MakeOptions& options,
                       const std::optional<Renewal>& renewal) {
  if (options.purpose == Purpose::vendor) {
    session.note(
        "next: upload the request at developer.apple.com, Certificates, MDM CSR" +
        std::string(renewal ? ", as the account that the old certificate was made with" : ""));
    return;
  }
  if (!renewal) {
    session.note(
        "next: have your MDM vendor sign the request ('bramley vendor sign', or 'bramley mdmcert' "
        "when mdmcert.download is to do it); the portal takes what comes back, not this request");
    return;
  }
  session.note("next: have the request signed, then sign in at identity.apple.com with " +
               (renewal->account.empty() ? "the Apple Account that the certificate was made with"
                                         : "the Apple Account " + renewal->account));
  session.note("there choose Renew beside " + renewal->topic +
               ", not Create: a new certificate has another topic, and every device would be lost");
}

Json describe(const MakeOptions& options, const CertificateRequest& request,
              const std::optional<Renewal>& renewal) {
  Json description = {{"subject", request.subject()},
                      {"key_bits", request.public_key_bits()},
                      {"public_key_sha256", sha256(request.public_key_der()).hex()},
                      {"key", options.key_out.string()},
                      {"csr", options.csr_out.string()}};
  if (renewal) {
    description["renews"] = {{"topic", renewal->topic},
                             {"apple_account", renewal->account},
                             {"not_after", format_rfc3339(renewal->certificate.not_after())}};
  }
  return description;
}

Result<CertificateRequest> make_files(const MakeOptions& options, const RequestTerms& terms,
                                      const SecretBytes* passphrase, Session& session) {
  TRY_ASSIGN(const PrivateKey key, PrivateKey::generate_rsa(key_bits));
  TRY_ASSIGN(CertificateRequest request, make_certificate_request(key, terms));
  TRY(write_new_key_file(options.key_out, key, passphrase));
  Status written = write_output_file(session, options.csr_out, as_bytes(request.pem()),
                                     FileMode::shared, overwrite_if(options.force));
  if (!written) {
    // Nobody has seen this key yet; left behind it would only be in the way of the next try.
    std::error_code ignored;
    std::filesystem::remove(options.key_out, ignored);
    return std::move(written).error();
  }
  return request;
}

Result<ExitCode> make(Session& session, const MakeOptions& options) {
  TRY(check_new_key_file(options.key_out));
  TRY(check_output_file(options.csr_out, overwrite_if(options.force)));
  std::optional<Renewal> renewal;
  if (!options.renew.empty()) {
    TRY_ASSIGN(renewal, read_renewal(options));
  }
  TRY_ASSIGN(const RequestTerms terms, terms_of(options, renewal));
  TRY_ASSIGN(const auto passphrase, optional_passphrase(session, options.passphrase));
  if (options.dry_run) {
    return would_change(session, "write a new key to " + options.key_out.string() +
                                     " and its request to " + options.csr_out.string())
        .code();
  }
  TRY_ASSIGN(const CertificateRequest request,
             make_files(options, terms, passphrase ? &*passphrase : nullptr, session));
  if (options.csr_out != "-") {
    session.output().record(describe(options, request, renewal));
  }
  if (renewal && !renewal->certificate.is_valid_at(session.clock().now())) {
    session.warn("the certificate to renew is valid until " +
                 format_rfc3339(renewal->certificate.not_after()) + " only");
  }
  tell_what_is_next(session, options, renewal);
  return ExitCode::done;
}

CommandResult make_request(Session& session, const MakeOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  auto made = make(session, options);
  return made ? CommandResult(*made) : CommandResult::failed(std::move(made).error());
}

void add_flags(CommandNode& node, MakeOptions& options, std::string passphrase_variable) {
  node.prints_data();
  node.flag({.name = "organization", .value = "NAME", .help = "O of the subject"},
            options.organization);
  node.flag({.name = "email", .value = "MAIL", .help = "emailAddress of the subject"},
            options.email);
  node.flag({.name = "country", .value = "CC", .help = "C of the subject, two letters"},
            options.country);
  node.flag({.name = "common-name", .value = "NAME", .help = "CN of the subject"},
            options.common_name);
  node.flag({.name = "renew",
             .value = "CERT",
             .help = "Take the subject from this certificate, which is to be renewed"},
            options.renew);
  node.flag({.name = "key-out",
             .value = "FILE",
             .help = "Write the new key here (mode 0600); never over another file",
             .need = FlagSpec::Need::required},
            options.key_out);
  node.flag({.name = "csr-out",
             .value = "FILE",
             .help = "Write the request here, or - for standard output",
             .need = FlagSpec::Need::required},
            options.csr_out);
  node.flag({.name = "passphrase",
             .value = "REF",
             .help = "Encrypt the key with it (PKCS#8, AES-256)",
             .variable = std::move(passphrase_variable)},
            options.passphrase);
  node.flag({.name = "force", .help = "Overwrite a request that exists (never a key)"},
            options.force);
  node.flag({.name = "dry-run", .help = "Check everything and write nothing (exit 8)"},
            options.dry_run);
}

}  // namespace

Result<RequestTerms> request_terms(const RequestSubject& subject) {
  const std::size_t at = subject.email.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == subject.email.size() ||
      subject.email.find_first_of(" \t\r\n") != std::string::npos) {
    return Error{ErrorCode::malformed, "--email: '" + subject.email + "' is no e-mail address",
                 "the address of whoever is told before the certificate ends: mdm@example.com"};
  }
  std::string country = subject.country;
  std::ranges::transform(country, country.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const bool letters = std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!country.empty() && (country.size() != 2 || !letters)) {
    return Error{ErrorCode::malformed,
                 "--country: '" + subject.country + "' is no country code of two letters"};
  }
  RequestTerms terms;
  for (const auto& [type, value] :
       {std::pair("C", country), std::pair("O", subject.organization),
        std::pair("CN", subject.common_name), std::pair("emailAddress", subject.email)}) {
    if (!value.empty()) {
      terms.subject.push_back({type, value});
    }
  }
  return terms;
}

void add_csr_push(CommandNode& csr) {
  auto options = std::make_shared<MakeOptions>();
  CommandNode& push = csr.add("push", "Make a key and the request for a push certificate");
  push.describe(
      "Makes an RSA key of 2048 bits and a certificate request with it. Apple's portal does not "
      "take the request itself: an MDM vendor signs it first. Keep the key: the push certificate "
      "is useless without it.\n\n"
      "With --renew the subject is that of the old certificate, and the command says which Apple "
      "Account to sign in with, when a file TOPIC.account beside the certificate has it.");
  add_flags(push, *options, "BRAMLEY_CSR_PUSH_PASSPHRASE");
  push.example(
      "bramley csr push --organization 'Example Ltd' --email mdm@example.com --key-out push.key "
      "--csr-out push.csr",
      "For a first push certificate.");
  push.example("bramley csr push --renew push.pem --key-out push-2.key --csr-out push-2.csr",
               "For the renewal of one.");
  push.run([options](Session& session) { return make_request(session, *options); });
}

void add_csr_vendor(CommandNode& csr) {
  auto options = std::make_shared<MakeOptions>();
  options->purpose = Purpose::vendor;
  CommandNode& vendor =
      csr.add("vendor", "Make a key and the request for an MDM vendor's signing certificate");
  vendor.describe(
      "For organizations that sign their customers' push certificate requests themselves. The "
      "request goes to developer.apple.com as it is (Certificates, MDM CSR), and the certificate "
      "that comes back is for 'bramley vendor sign'.");
  add_flags(vendor, *options, "BRAMLEY_CSR_VENDOR_PASSPHRASE");
  vendor.example(
      "bramley csr vendor --organization 'Example Ltd' --email dev@example.com --key-out "
      "vendor.key --csr-out vendor.csr --passphrase @passphrase",
      "With an encrypted key.");
  vendor.run([options](Session& session) { return make_request(session, *options); });
}

}  // namespace bramley
