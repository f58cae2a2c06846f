#include "cli/enrollment_options.h"

#include <algorithm>

#include "cli/api_client.h"
#include "cli/authority_files.h"
#include "cli/command_tree.h"
#include "cli/input.h"
#include "core/apns/push_certificate.h"
#include "core/mdm/enrollment_profile.h"

namespace bramley {
namespace {

constexpr std::string_view topic_prefix = "com.apple.mgmt.";
constexpr std::size_t roots_limit = 4U << 20U;

Result<int> access_rights_of(const EnrollmentOptions& options, int standard) {
  if (!options.access_rights) {
    return standard;
  }
  std::int64_t rights = 0;
  const Status read = ValueBinding(rights).assign({*options.access_rights});
  constexpr std::int64_t all_rights = 8191;
  if (!read || rights < 1 || rights > all_rights) {
    return Error{ErrorCode::malformed, "--access-rights must be a number from 1 to 8191"};
  }
  return static_cast<int>(rights);
}

// The flags of one of the two ways, as they are called, when they were given.
std::string given_offline_flags(const EnrollmentOptions& options) {
  const bool challenge = options.scep_challenge.is_given() &&
                         options.scep_challenge.source() != SecretReference::Source::twin;
  const std::initializer_list<std::pair<bool, std::string_view>> flags = {
      {!options.topic.empty(), "--topic"},
      {!options.push_certificate.empty(), "--push-cert"},
      {!options.check_in_url.empty(), "--check-in-url"},
      {!options.scep_url.empty(), "--scep-url"},
      {challenge, "--scep-challenge"},
      {!options.scep_ca.empty(), "--ca-cert"},
      {!options.tls_roots.empty(), "--tls-root"},
      {options.pin_tls_root, "--pin-tls-root"},
      {options.access_rights.has_value(), "--access-rights"},
      {!options.enrollment_mode.empty(), "--enrollment-mode"},
      {!options.managed_apple_account.empty(), "--managed-apple-account"},
      {!options.identifier.empty(), "--identifier"}};
  std::string names;
  for (const auto& [given, name] : flags) {
    if (given) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
  }
  return names;
}

Status check_offline(const EnrollmentOptions& options) {
  if (options.ttl || !options.udid.empty() || !options.serial.empty()) {
    return Error{ErrorCode::malformed, "--ttl, --udid and --serial do not go with --url",
                 "only a server can make a challenge that expires: leave out --url"};
  }
  if (auto url = check_base_url(options.url); !url) {
    return std::move(url).error().while_doing("--url");
  }
  TRY(access_rights_of(options, 0));
  if (options.organization.empty()) {
    return Error{ErrorCode::malformed, "missing: --organization"};
  }
  if (options.topic.empty() == options.push_certificate.empty()) {
    return Error{ErrorCode::malformed, "give either --topic or --push-cert"};
  }
  if (options.pin_tls_root && options.tls_roots.empty()) {
    return Error{ErrorCode::malformed, "--pin-tls-root needs --tls-root"};
  }
  if (options.enrollment_mode.empty() != options.managed_apple_account.empty()) {
    return Error{ErrorCode::malformed,
                 "--enrollment-mode and --managed-apple-account belong together",
                 "they are for account-driven enrollment only"};
  }
  if (options.enrollment_mode == "byod" && options.access_rights) {
    return Error{ErrorCode::malformed, "--access-rights does not go with --enrollment-mode byod",
                 "Apple forbids access rights on devices of their users' own"};
  }
  return {};
}

Result<std::string> topic_of(Session& session, const EnrollmentOptions& options) {
  if (!options.topic.empty()) {
    if (!options.topic.starts_with(topic_prefix)) {
      session.warn("a push topic begins with " + std::string(topic_prefix) +
                   ": real devices refuse " + options.topic);
    }
    return options.topic;
  }
  TRY_ASSIGN(const Certificate certificate, read_certificate_file(options.push_certificate));
  auto topic = push_topic(certificate);
  if (!topic) {
    return std::move(topic).error().while_doing(options.push_certificate.string());
  }
  if (!certificate.is_valid_at(session.clock().now())) {
    session.warn("the push certificate is valid until " + format_rfc3339(certificate.not_after()) +
                 " only");
  }
  return topic;
}

Result<std::vector<Certificate>> tls_roots_of(const EnrollmentOptions& options) {
  std::vector<Certificate> roots;
  for (const auto& file : options.tls_roots) {
    TRY_ASSIGN(const Bytes content, read_input_file(file, roots_limit));
    auto found = Certificate::all_from_pem(as_text(content));
    if (auto one = Certificate::from_der(content)) {
      found = std::vector{*std::move(one)};
    }
    if (!found) {
      return std::move(found).error().while_doing(file.string());
    }
    for (Certificate& root : *found) {
      if (std::ranges::find(roots, root) == roots.end()) {
        roots.push_back(std::move(root));
      }
    }
  }
  return roots;
}

// What the identity comes from.
Status add_scep(Session& session, const EnrollmentOptions& options, EnrollmentProfileTerms& terms) {
  terms.scep_url = options.scep_url;
  if (options.scep_ca.empty()) {
    session.warn("without --ca-cert, devices do not check which CA answers");
  } else {
    TRY_ASSIGN(terms.scep_ca, read_certificate_file(options.scep_ca));
    if (!terms.scep_ca->is_ca()) {
      return Error{ErrorCode::malformed, options.scep_ca.string() + ": it is no CA's certificate",
                   "--ca-cert is the SCEP CA, scep-ca.pem in the server's credentials directory"};
    }
  }
  if (options.scep_challenge.is_given()) {
    TRY_ASSIGN(terms.scep_challenge,
               session.secret(options.scep_challenge, "--scep-challenge", "SCEP challenge"));
  } else {
    session.warn("without --scep-challenge, devices ask for an identity without a password");
  }
  return {};
}

}  // namespace

void add_offline_enrollment_flags(CommandNode& node, EnrollmentOptions& options) {
  const auto text = [&node](std::string name, std::string value, std::string help, auto& target,
                            std::string default_text = {}) {
    node.flag({.name = std::move(name),
               .value = std::move(value),
               .help = std::move(help),
               .default_text = std::move(default_text)},
              target);
  };
  text("url", "URL", "Make the profile here, for the server with this base URL", options.url);
  text("topic", "TOPIC", "The push topic (com.apple.mgmt....)", options.topic);
  text("push-cert", "FILE", "Take the topic from this certificate", options.push_certificate);
  text("check-in-url", "URL", "Where devices check in, when it is not where they report",
       options.check_in_url);
  text("scep-url", "URL", "Where devices get their identity", options.scep_url,
       "the base URL with /scep");
  node.flag({.name = "scep-challenge",
             .value = "REF",
             .help = "The password that devices show there",
             .variable = "BRAMLEY_PROFILE_SCEP_CHALLENGE"},
            options.scep_challenge);
  text("ca-cert", "FILE", "The SCEP CA, whose fingerprint devices check", options.scep_ca);
  text("tls-root", "FILE", "A private root that the server's TLS certificate comes from",
       options.tls_roots);
  node.flag({.name = "pin-tls-root", .help = "Devices take no other root for the server's TLS"},
            options.pin_tls_root);
  text("access-rights", "N", "What the server may do: the sum of Apple's AccessRights",
       options.access_rights, "8191, all");
  node.flag({.name = "enrollment-mode",
             .value = "MODE",
             .help = "Account-driven enrollment: of a user's own device, or of the organization's",
             .choices = {"byod", "adde"}},
            options.enrollment_mode);
  text("managed-apple-account", "ACCOUNT", "Whose enrollment that is",
       options.managed_apple_account);
  text("identifier", "NAME", "The profile's PayloadIdentifier, and the prefix of its payloads'",
       options.identifier, EnrollmentProfileTerms().identifier);
}

Status check_enrollment_options(const EnrollmentOptions& options) {
  TRY(check_signer_flags(options.signer));
  if (options.is_offline()) {
    return check_offline(options);
  }
  if (const std::string names = given_offline_flags(options); !names.empty()) {
    return Error{ErrorCode::malformed,
                 "without --url these say nothing, for they need --url: " + names,
                 "without --url, the server makes the profile"};
  }
  return {};
}

Result<Bytes> make_offline_enrollment(Session& session, const EnrollmentOptions& options) {
  EnrollmentProfileTerms terms;
  terms.organization = options.organization;
  TRY_ASSIGN(terms.server_url, check_base_url(options.url));
  terms.check_in_url = options.check_in_url;
  TRY_ASSIGN(terms.topic, topic_of(session, options));
  TRY_ASSIGN(terms.access_rights, access_rights_of(options, terms.access_rights));
  TRY(add_scep(session, options, terms));
  TRY_ASSIGN(terms.tls_roots, tls_roots_of(options));
  terms.tls_pinning = options.pin_tls_root ? TlsPinning::on : TlsPinning::off;
  if (!options.enrollment_mode.empty()) {
    terms.mode = options.enrollment_mode == "byod" ? EnrollmentMode::byod : EnrollmentMode::adde;
    terms.managed_apple_id = options.managed_apple_account;
  }
  if (!options.identifier.empty()) {
    terms.identifier = options.identifier;
  }
  return make_enrollment_profile(terms);
}

}  // namespace bramley
