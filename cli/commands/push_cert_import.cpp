#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/key_search.h"
#include "cli/push_certificate_text.h"
#include "cli/session.h"
#include "server/credentials/push_certificate_directory.h"

namespace bramley {
namespace {

constexpr std::size_t material_limit = 1U << 20U;
constexpr std::size_t longest_secret_name = 253;  // RFC 1123

struct ImportOptions {
  std::string certificate;
  std::string key;
  std::filesystem::path key_dir;
  SecretReference passphrase;
  std::filesystem::path directory;
  std::string format = "dir";
  std::string secret_name = "bramley-push";
  std::optional<std::string> apple_account;
  bool allow_topic_change = false;
  bool dry_run = false;

  [[nodiscard]] bool to_directory() const { return format == "dir"; }
};

bool is_kubernetes_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= longest_secret_name && is_letter(name.front()) &&
         is_letter(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || c == '-' || c == '.';
         });
}

Status check_options(const ImportOptions& options) {
  if (options.to_directory() && options.directory.empty()) {
    return Error{ErrorCode::malformed, "missing: --credentials-dir",
                 "name the directory that 'bramley serve' reads, or print the pair with --format"};
  }
  if (!options.to_directory() && options.apple_account) {
    return Error{ErrorCode::malformed, "--apple-account is kept in a directory only",
                 "leave it out, or leave out --format"};
  }
  if (!options.key.empty() && !options.key_dir.empty()) {
    return Error{ErrorCode::malformed, "give either --key or --key-dir"};
  }
  const int from_stdin =
      static_cast<int>(options.certificate == "-") + static_cast<int>(options.key == "-") +
      static_cast<int>(options.passphrase.source() == SecretReference::Source::standard_input);
  if (from_stdin > 1) {
    return Error{ErrorCode::malformed, "only one thing can come from standard input"};
  }
  if (!is_kubernetes_name(options.secret_name)) {
    return Error{ErrorCode::malformed, "--secret-name is no name of a Kubernetes object"};
  }
  return {};
}

std::vector<std::filesystem::path> key_folders(const ImportOptions& options) {
  if (!options.key_dir.empty()) {
    return {options.key_dir};
  }
  std::vector<std::filesystem::path> folders = {"."};
  if (options.certificate != "-") {
    const auto folder = std::filesystem::path(options.certificate).parent_path();
    std::error_code unknown;
    if (!folder.empty() && !std::filesystem::equivalent(folder, ".", unknown)) {
      folders.insert(folders.begin(), folder);
    }
  }
  return folders;
}

Result<PrivateKey> read_named_key(const ImportOptions& options, const Certificate& certificate,
                                  LatePassphrase& passphrase) {
  TRY_ASSIGN(Bytes content, read_input(options.key, material_limit));
  const SecretBytes text(std::move(content));
  TRY_ASSIGN(const auto material, read_key_material_of(options.key, text.reveal(), passphrase));
  if (auto key = key_of(certificate, material.keys)) {
    return *std::move(key);
  }
  return Error{
      ErrorCode::conflict,
      options.key + (material.keys.empty() ? ": there is no private key in it"
                                           : ": the key does not belong to the certificate"),
      "the key is the one made with the request that Apple signed: without --key it is "
      "looked for beside the certificate, with --key-dir in another folder"};
}

Status check_validity(const Certificate& certificate, Timestamp now) {
  if (now > certificate.not_after()) {
    return Error{ErrorCode::conflict, "it expired on " + format_rfc3339(certificate.not_after()),
                 "in Apple's portal (identity.apple.com) choose Renew, not Create, and download "
                 "the new one"};
  }
  if (now < certificate.not_before()) {
    return Error{ErrorCode::conflict,
                 "it is not valid before " + format_rfc3339(certificate.not_before()),
                 "is this machine's clock right? It says " + format_rfc3339(now)};
  }
  return {};
}

Result<PushIdentity> read_certificate(Session& session, const ImportOptions& options,
                                      LatePassphrase& passphrase) {
  TRY_ASSIGN(Bytes content, read_input(options.certificate, material_limit));
  const SecretBytes text(std::move(content));
  TRY_ASSIGN(const auto material,
             read_key_material_of(options.certificate, text.reveal(), passphrase));
  auto found = push_identities(material);
  if (!found) {
    return std::move(found).error().while_doing(options.certificate);
  }
  if (found->size() != 1) {
    return Error{ErrorCode::conflict, options.certificate + ": it holds several push certificates",
                 "import them one by one, each from a file of its own"};
  }
  if (auto valid = check_validity(found->front().certificate, session.clock().now()); !valid) {
    return std::move(valid).error().while_doing(options.certificate);
  }
  return std::move(found->front());
}

Result<PushIdentity> read_pair(Session& session, const ImportOptions& options) {
  LatePassphrase passphrase(session, options.passphrase);
  TRY_ASSIGN(PushIdentity identity, read_certificate(session, options, passphrase));
  if (!options.key.empty()) {
    TRY_ASSIGN(identity.key, read_named_key(options, identity.certificate, passphrase));
  } else if (!identity.key) {
    TRY_ASSIGN(identity.key, find_key_of(identity.certificate, key_folders(options), passphrase));
  }
  return identity;
}

Json describe(const PushIdentity& identity) {
  return {{"topic", identity.topic},
          {"not_before", format_rfc3339(identity.certificate.not_before())},
          {"not_after", format_rfc3339(identity.certificate.not_after())},
          {"sha256", identity.certificate.fingerprint().hex()}};
}

Json describe(const PushIdentity& identity, const PushCertificatePlan& plan) {
  Json record = describe(identity);
  record["certificate_file"] = plan.files.certificate.string();
  record["key_file"] = plan.files.key.string();
  record["apple_account"] = plan.apple_account.empty() ? Json() : Json(plan.apple_account);
  record["unchanged"] = plan.unchanged;
  record["replaced_not_after"] = plan.replaced && !plan.unchanged
                                     ? Json(format_rfc3339(plan.replaced->certificate.not_after()))
                                     : Json();
  return record;
}

void say_what_is_odd(Session& session, const PushIdentity& identity,
                     const PushCertificatePlan& plan) {
  if (plan.unchanged) {
    session.note("this very pair is stored already");
  } else if (plan.replaced) {
    const Timestamp old = plan.replaced->certificate.not_after();
    if (identity.certificate.not_after() <= old) {
      session.warn("it expires on " + format_rfc3339(identity.certificate.not_after()) +
                   ", no later than the one that it replaces (" + format_rfc3339(old) +
                   "): is it the renewed one?");
    }
  }
  if (plan.account_before && *plan.account_before != plan.apple_account) {
    session.warn("the Apple Account was noted as " + *plan.account_before +
                 " before; only the account that made a certificate can renew it");
  }
  if (plan.apple_account.empty()) {
    session.note("only the Apple Account that made it can renew it: note it with --apple-account");
  }
}

CommandResult store(Session& session, const ImportOptions& options, const PushIdentity& identity) {
  const NewPushCertificate pair{identity, options.apple_account};
  const TopicChange change = options.allow_topic_change ? TopicChange::allow : TopicChange::refuse;
  auto plan = options.dry_run ? plan_push_certificate(options.directory, pair, change)
                              : store_push_certificate(options.directory, pair, change);
  if (!plan) {
    return CommandResult::failed(std::move(plan).error().while_doing(options.certificate));
  }
  say_what_is_odd(session, identity, *plan);
  const bool same_account = plan->account_before.value_or("") == plan->apple_account;
  if (options.dry_run && !(plan->unchanged && same_account)) {
    return would_change(
        session,
        "write " + plan->files.certificate.string() + " and " + plan->files.key.string() +
            (plan->replaced && !plan->unchanged ? ", and keep the old pair as .previous" : ""));
  }
  session.output().record(describe(identity, *plan));
  return ExitCode::done;
}

CommandResult print(Session& session, const ImportOptions& options, const PushIdentity& identity) {
  if (!options.directory.empty()) {
    const auto plan = plan_push_certificate(
        options.directory, {identity},
        options.allow_topic_change ? TopicChange::allow : TopicChange::refuse);
    if (!plan) {
      return CommandResult::failed(Error(plan.error()).while_doing(options.certificate));
    }
  }
  if (options.dry_run) {
    // Printing changes nothing: all was checked, and the key stays where it is.
    session.output().record(describe(identity));
    return ExitCode::done;
  }
  const CredentialText format = options.format == "env"      ? CredentialText::env
                                : options.format == "dotenv" ? CredentialText::dotenv
                                                             : CredentialText::k8s_secret;
  const auto text = write_credential_text(format, identity, options.secret_name);
  if (!text) {
    return CommandResult::failed(Error(text.error()));
  }
  session.output().raw(text->reveal());
  return ExitCode::done;
}

CommandResult import_pair(Session& session, const ImportOptions& options) {
  if (auto fine = check_options(options); !fine) {
    return CommandResult::usage(std::move(fine).error());
  }
  auto identity = read_pair(session, options);
  if (!identity) {
    return CommandResult::failed(std::move(identity).error());
  }
  return options.to_directory() ? store(session, options, *identity)
                                : print(session, options, *identity);
}

void add_source_flags(CommandNode& node, ImportOptions& options) {
  node.positional({.name = "CERT", .help = "The file that Apple's portal gave, or -"},
                  options.certificate);
  node.flag({.name = "key",
             .value = "FILE",
             .help = "Its private key",
             .default_text = "found by its public part"},
            options.key);
  node.flag({.name = "key-dir",
             .value = "DIR",
             .help = "Look for the key in this folder",
             .default_text = "that of CERT, then this one"},
            options.key_dir);
  node.flag({.name = "passphrase",
             .value = "REF",
             .help = "Of the key or the PKCS#12 file, when it is encrypted",
             .variable = "BRAMLEY_PUSH_CERT_PASSPHRASE"},
            options.passphrase);
}

void add_target_flags(CommandNode& node, ImportOptions& options) {
  node.flag({.name = "credentials-dir",
             .value = "DIR",
             .help = "Store the pair in this credentials directory"},
            options.directory);
  node.flag({.name = "format",
             .value = "FORMAT",
             .help = "Store it in the directory, or print it with its key",
             .choices = {"dir", "env", "dotenv", "k8s-secret"}},
            options.format);
  node.flag({.name = "secret-name", .value = "NAME", .help = "Of the Kubernetes Secret"},
            options.secret_name);
  node.flag({.name = "apple-account",
             .value = "ACCOUNT",
             .help = "Note who made it in Apple's portal, and must renew it"},
            options.apple_account);
  node.flag({.name = "allow-topic-change",
             .help = "Store it beside those of other topics; their devices do not change over"},
            options.allow_topic_change);
  node.flag({.name = "dry-run", .help = "Check everything and write nothing (exit 8)"},
            options.dry_run);
}

}  // namespace

void add_push_cert_import(CommandNode& push_cert) {
  auto options = std::make_shared<ImportOptions>();
  CommandNode& import = push_cert.add("import", "Take over a certificate from Apple's portal");
  import.describe(
      "Certificate and key may come in any form: PEM in any order, DER, PKCS#12, encrypted or not, "
      "in one file or two. They must belong together and be valid, and the certificate must be one "
      "for MDM. In the directory they become push/TOPIC.pem and push/TOPIC.key (mode 0600), in one "
      "step; a running server takes them up within seconds.\n\n"
      "A renewed certificate has the topic of the old one, whose pair is kept as .previous. A "
      "certificate of another topic is refused: enrolled devices keep the topic that they enrolled "
      "with, and would be lost. It comes from Create in the portal, where Renew was meant, or from "
      "another Apple Account.\n\n"
      "--format prints BRAMLEY_PUSH_CERT and BRAMLEY_PUSH_KEY instead: env for a shell to "
      "evaluate, dotenv for a .env file, k8s-secret for a pod's envFrom. The private key is in "
      "it.");
  import.prints_data();
  add_source_flags(import, *options);
  add_target_flags(import, *options);
  import.example(
      "bramley push-cert import MDM_Example_Certificate.pem --key push.key --credentials-dir "
      "credentials --apple-account mdm@example.com",
      "For 'bramley serve --credentials-dir credentials'.");
  import.example(
      "bramley push-cert import MDM_Example_Certificate.pem --format k8s-secret | kubectl apply "
      "-f -",
      "Into a Kubernetes Secret; the key is found beside the certificate.");
  import.run([options](Session& session) { return import_pair(session, *options); });
}

}  // namespace bramley
