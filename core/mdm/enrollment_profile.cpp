#include "core/mdm/enrollment_profile.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/crypto/certificate_chain.h"
#include "core/crypto/digest.h"
#include "core/mdm/profile_rules.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::string_view scep_path = "/scep";
constexpr std::string_view scep_part = "scep";

Error malformed(std::string message, std::string hint = {}) {
  return Error{ErrorCode::malformed, std::move(message), std::move(hint)};
}

Status named(std::string_view what, Status status) {
  return status ? std::move(status) : Status(std::move(status).error().while_doing(what));
}

Status check_server_url(const EnrollmentProfileTerms& terms) {
  TRY(named("server URL", check_secure_url(terms.server_url)));
  TRY_ASSIGN(const auto parts, split_url(terms.server_url));
  if (!parts.path.empty()) {
    return malformed("server URL: a path in " + terms.server_url.substr(0, 128),
                     "write scheme, host and port only: https://mdm.example.com");
  }
  if (!terms.mdm_path.starts_with('/') || !split_url(terms.server_url + terms.mdm_path)) {
    return malformed("MDM path: " + terms.mdm_path.substr(0, 128), "write it as /mdm");
  }
  return terms.check_in_url.empty() ? Status()
                                    : named("check-in URL", check_secure_url(terms.check_in_url));
}

Status check_account(const EnrollmentProfileTerms& terms) {
  const bool is_account_driven = terms.mode != EnrollmentMode::by_profile;
  if (is_account_driven && terms.managed_apple_id.empty()) {
    return malformed("no Managed Apple Account",
                     "account-driven enrollment names the account that it is for");
  }
  if (!is_account_driven && !terms.managed_apple_id.empty()) {
    return malformed("a Managed Apple Account, but no enrollment mode",
                     "say which account-driven enrollment it is: BYOD or ADDE");
  }
  return {};
}

Status check_tls_roots(const EnrollmentProfileTerms& terms) {
  for (const Certificate& root : terms.tls_roots) {
    if (!is_self_signed(root)) {
      return malformed(
          "TLS root: " + root.subject() + " is none: it was issued by " + root.issuer(),
          "name the certificate that the chain of the server's ends with");
    }
  }
  if (terms.tls_pinning == TlsPinning::on && terms.tls_roots.empty()) {
    return malformed("TLS pinned to no root", "give the root that the server's chain ends with");
  }
  return {};
}

// What Apple's documentation calls reverse-DNS style; it also becomes part of file names on Macs.
Status check_identifier(std::string_view identifier) {
  const bool fine = !identifier.empty() && identifier.size() <= 128 &&
                    std::all_of(identifier.begin(), identifier.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '-';
                    });
  return fine ? Status()
              : malformed("identifier: " + std::string(identifier.substr(0, 128)),
                          "letters, digits, '-' and '.' only, as com.example.mdm");
}

Status check_terms(const EnrollmentProfileTerms& terms, std::string_view scep_url) {
  TRY(check_server_url(terms));
  TRY(named("SCEP URL", check_scep_url(scep_url)));
  if (terms.mode != EnrollmentMode::byod) {
    TRY(named("access rights", check_access_rights(terms.access_rights)));
  }
  TRY(check_account(terms));
  TRY(check_tls_roots(terms));
  TRY(check_identifier(terms.identifier));
  if (terms.topic.empty() && !terms.allow_empty_topic) {
    return malformed("no push topic", "import a push certificate, or name its topic");
  }
  if (terms.key_bits != 2048 && terms.key_bits != 4096) {
    return malformed("key size " + std::to_string(terms.key_bits),
                     "devices make RSA keys of 2048 or 4096 bits");
  }
  return {};
}

class ProfileBuilder {
 public:
  explicit ProfileBuilder(const EnrollmentProfileTerms& terms)
      : terms_(terms),
        scep_url_(terms.scep_url.empty() ? terms.server_url + std::string(scep_path)
                                         : terms.scep_url) {}

  Result<Bytes> build() const {
    TRY(check_terms(terms_, scep_url_));
    PlistArray payloads;
    // First, for the SCEP request already goes over TLS.
    for (const Certificate& root : terms_.tls_roots) {
      payloads.emplace_back(root_payload(root));
    }
    payloads.emplace_back(scep_payload());
    payloads.emplace_back(mdm_payload());
    PlistDictionary profile = payload("Configuration", "", "Device management");
    profile.set("PayloadDescription", "Lets this organization manage the device.");
    if (!terms_.organization.empty()) {
      profile.set("PayloadOrganization", terms_.organization);
    }
    profile.set("PayloadScope", "System");
    profile.set("PayloadContent", std::move(payloads));
    return write_plist_xml(profile);
  }

 private:
  // `part` tells the payloads of one profile apart; the profile itself has none.
  [[nodiscard]] PlistDictionary payload(std::string_view type, const std::string& part,
                                        std::string_view display_name) const {
    return PlistDictionary(
        {{"PayloadType", type},
         {"PayloadVersion", 1},
         {"PayloadIdentifier", part.empty() ? terms_.identifier : terms_.identifier + "." + part},
         {"PayloadUUID", uuid(part)},
         {"PayloadDisplayName", display_name}});
  }

  // RFC 9562 §5.8, version 8: derived, so that the same server's next profile replaces this one.
  [[nodiscard]] std::string uuid(std::string_view part) const {
    std::string name = "enrollment profile";
    for (const std::string_view piece :
         {std::string_view(terms_.identifier), std::string_view(terms_.server_url), part}) {
      name.push_back('\0');
      name += piece;
    }
    std::array<std::uint8_t, 32> digest = sha256(as_bytes(name)).bytes;
    digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0FU) | 0x80U);
    digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3FU) | 0x80U);
    std::string text = encode_hex(ByteView(digest).first(16), HexCase::upper);
    for (const std::size_t position : {8U, 13U, 18U, 23U}) {
      text.insert(position, 1, '-');
    }
    return text;
  }

  static std::string root_part(const Certificate& root) {
    return "root." + root.fingerprint().hex().substr(0, 16);
  }

  [[nodiscard]] PlistDictionary root_payload(const Certificate& root) const {
    PlistDictionary result = payload("com.apple.security.root", root_part(root),
                                     root.common_name().value_or("Server root"));
    result.set("PayloadCertificateFileName", "root.cer");
    result.set("PayloadContent", root.der());
    return result;
  }

  [[nodiscard]] PlistDictionary scep_payload() const {
    PlistDictionary content({{"URL", scep_url_},
                             {"Key Type", "RSA"},
                             {"Keysize", terms_.key_bits},
                             {"Key Usage", 5},  // sign and encrypt
                             {"Retries", 3},
                             {"RetryDelay", 10},
                             {"Subject", subject()}});
    if (terms_.scep_challenge) {
      content.set("Challenge", terms_.scep_challenge->reveal_text());
    }
    if (terms_.scep_ca) {
      // The digest is told by its length: 32 bytes are SHA-256.
      content.set("CAFingerprint", to_bytes(ByteView(terms_.scep_ca->fingerprint().bytes)));
    }
    PlistDictionary result =
        payload("com.apple.security.scep", std::string(scep_part), "Device identity");
    result.set("PayloadContent", std::move(content));
    return result;
  }

  // A list of relative names, each a list of attributes, each a type and a value.
  [[nodiscard]] PlistArray subject() const {
    PlistArray names;
    const auto add = [&names](std::string_view type, const std::string& value) {
      if (!value.empty()) {
        // In parentheses: compilers differ in whether braces around one array make another.
        names.emplace_back(PlistArray(1, PlistArray{type, value}));
      }
    };
    add("O", terms_.organization);
    add("CN", terms_.scep_subject_cn);
    return names;
  }

  [[nodiscard]] PlistDictionary mdm_payload() const {
    PlistDictionary result = payload("com.apple.mdm", "mdm", "Device management");
    result.set("ServerURL", terms_.server_url + terms_.mdm_path);
    if (!terms_.check_in_url.empty()) {
      result.set("CheckInURL", terms_.check_in_url);
    }
    result.set("Topic", terms_.topic);
    result.set("IdentityCertificateUUID", uuid(scep_part));
    if (terms_.mode != EnrollmentMode::byod) {
      result.set("AccessRights", terms_.access_rights);
    }
    result.set("SignMessage", terms_.sign_message);
    result.set("CheckOutWhenRemoved", true);
    // Only what the server answers: an advertised token service that fails is worse than none.
    result.set("ServerCapabilities",
               PlistArray{"com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken"});
    add_account(result);
    add_pins(result);
    return result;
  }

  void add_account(PlistDictionary& mdm) const {
    if (terms_.mode != EnrollmentMode::by_profile) {
      mdm.set("EnrollmentMode", terms_.mode == EnrollmentMode::byod ? "BYOD" : "ADDE");
      mdm.set("AssignedManagedAppleID", terms_.managed_apple_id);
    }
  }

  void add_pins(PlistDictionary& mdm) const {
    if (terms_.tls_pinning == TlsPinning::off) {
      return;
    }
    PlistArray pins;
    for (const Certificate& root : terms_.tls_roots) {
      pins.emplace_back(uuid(root_part(root)));
    }
    if (!terms_.check_in_url.empty()) {
      mdm.set("CheckInURLPinningCertificateUUIDs", pins);
    }
    mdm.set("ServerURLPinningCertificateUUIDs", std::move(pins));
  }

  const EnrollmentProfileTerms& terms_;
  std::string scep_url_;
};

}  // namespace

Result<Bytes> make_enrollment_profile(const EnrollmentProfileTerms& terms) {
  auto profile = ProfileBuilder(terms).build();
  return profile ? std::move(profile)
                 : std::move(profile).error().while_doing("make enrollment profile");
}

}  // namespace bramley
