#include "core/mdm/enrollment_profile.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::string_view mdm_path = "/mdm";
constexpr std::string_view scep_path = "/scep";

Error malformed(std::string message, std::string hint = {}) {
  return Error{ErrorCode::malformed, std::move(message), std::move(hint)};
}

struct UrlParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;  // and whatever follows it
};

Result<UrlParts> split_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos || url.find_first_of(" \t\r\n\"<>\\#") != url.npos) {
    return malformed("not a URL: " + std::string(url.substr(0, 128)));
  }
  const std::string_view after = url.substr(colon + 3);
  const std::size_t slash = std::min(after.find_first_of("/?"), after.size());
  const UrlParts parts{url.substr(0, colon), after.substr(0, slash), after.substr(slash)};
  if (parts.authority.empty() || parts.authority.find('@') != std::string_view::npos) {
    return malformed("not a URL with a host: " + std::string(url.substr(0, 128)));
  }
  return parts;
}

bool is_loopback(std::string_view authority) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    if (authority == host || (authority.starts_with(host) && authority[host.size()] == ':')) {
      return true;
    }
  }
  return false;
}

// Devices take nothing but https for MDM; http is for tests on one machine.
Status check_server_url(std::string_view url) {
  TRY_ASSIGN(const auto parts, split_url(url));
  const bool is_secure =
      parts.scheme == "https" || (parts.scheme == "http" && is_loopback(parts.authority));
  if (!is_secure) {
    return malformed("server URL: not https: " + std::string(url.substr(0, 128)),
                     "devices refuse to be managed over plain http; put TLS in front");
  }
  if (!parts.path.empty()) {
    return malformed("server URL: a path in " + std::string(url.substr(0, 128)),
                     "write scheme, host and port only: https://mdm.example.com");
  }
  return {};
}

Status check_scep_url(std::string_view url) {
  TRY_ASSIGN(const auto parts, split_url(url));
  if (parts.scheme != "https" && parts.scheme != "http") {
    return malformed("SCEP URL: neither https nor http: " + std::string(url.substr(0, 128)));
  }
  // Devices append "?operation=" to it whatever it holds.
  if (parts.path.find('?') != std::string_view::npos) {
    return malformed("SCEP URL: a query in " + std::string(url.substr(0, 128)));
  }
  return {};
}

// Apple, "MDM" payload: AccessRights. 8191 is every right there is.
Status check_access_rights(int rights) {
  if (rights < 1 || rights > 8191) {
    return malformed("access rights: " + std::to_string(rights), "a number from 1 to 8191 (all)");
  }
  const auto has = [rights](int right) { return (rights & right) != 0; };
  if (has(2) && !has(1)) {
    return malformed("access rights: 2 (install profiles) without 1 (inspect them)", "add 1");
  }
  if (has(128) && !has(64)) {
    return malformed("access rights: 128 (erase) without 64 (lock)", "add 64");
  }
  return {};
}

Status check_terms(const EnrollmentProfileTerms& terms, std::string_view scep_url) {
  TRY(check_server_url(terms.server_url));
  TRY(check_scep_url(scep_url));
  TRY(check_access_rights(terms.access_rights));
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

  [[nodiscard]] PlistDictionary root_payload(const Certificate& root) const {
    PlistDictionary result =
        payload("com.apple.security.root", "root." + root.fingerprint().hex().substr(0, 16),
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
    PlistDictionary result = payload("com.apple.security.scep", "scep", "Device identity");
    result.set("PayloadContent", std::move(content));
    return result;
  }

  // A list of relative names, each a list of attributes, each a type and a value.
  [[nodiscard]] PlistArray subject() const {
    PlistArray names;
    const auto add = [&names](std::string_view type, const std::string& value) {
      if (!value.empty()) {
        names.emplace_back(PlistArray{PlistArray{type, value}});
      }
    };
    add("O", terms_.organization);
    add("CN", terms_.scep_subject_cn);
    return names;
  }

  [[nodiscard]] PlistDictionary mdm_payload() const {
    PlistDictionary result = payload("com.apple.mdm", "mdm", "Device management");
    result.set("ServerURL", terms_.server_url + std::string(mdm_path));
    result.set("Topic", terms_.topic);
    result.set("IdentityCertificateUUID", uuid("scep"));
    result.set("AccessRights", terms_.access_rights);
    result.set("SignMessage", terms_.sign_message);
    result.set("CheckOutWhenRemoved", true);
    // Only what the server answers: an advertised token service that fails is worse than none.
    result.set("ServerCapabilities",
               PlistArray{"com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken"});
    return result;
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
