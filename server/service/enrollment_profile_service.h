#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/secret_bytes.h"
#include "server/credentials/credential_source.h"
#include "server/store/certificate_store.h"

namespace bramley {

// What every profile of this server says.
struct EnrollmentProfileOptions {
  std::string url;  // public base URL, no trailing slash
  std::string organization;
  bool scep = true;
  bool allow_empty_topic = false;
  // What devices must trust for TLS: the server's own certificate when it made it itself.
  std::vector<Certificate> tls_roots;
  std::string mdm_path = "/mdm";
};

struct ProfileRequest {
  // The one device that may use it; empty: any.
  DeviceRestriction device;
  // Empty: the topic of the only push certificate.
  std::string topic;
  // Empty: the server's.
  std::string organization;
};

struct OneTimeChallenge {
  SecretBytes challenge;
  Timestamp expires_at;
};

// What a device that is enrolled installs over its own profile.
struct RenewalProfile {
  Bytes profile;
  Fingerprint challenge;  // SHA-256 of the one inside; nobody has stored it yet
};

struct EnrollmentTokenTerms {
  std::string note;
  std::chrono::seconds ttl{};
  std::int64_t max_uses = 1;  // 0: without limit
  DeviceRestriction device;
};
struct NewEnrollmentToken {
  EnrollmentToken token;
  SecretBytes secret;
  // For the person who enrolls: holds the secret.
  std::string url;
};

// Hands out what lets a device in: challenges, profiles with a challenge inside, and tokens that
// are exchanged for a profile. Of each secret (24 random bytes, URL-safe base64) only the SHA-256
// of its text is stored.
class EnrollmentProfileService {
 public:
  EnrollmentProfileService(CertificateStore& store, const CredentialSource& credentials,
                           EnrollmentProfileOptions options, const Clock& clock, Random& random)
      : store_(store),
        credentials_(credentials),
        options_(std::move(options)),
        clock_(clock),
        random_(random) {}

  Result<OneTimeChallenge> make_challenge(std::chrono::seconds ttl,
                                          const DeviceRestriction& device);

  // A .mobileconfig (XML) with a fresh challenge that lives for `ttl`. conflict, with a hint: no
  // push certificate, several and none chosen, or no SCEP authority. not_found: no push certificate
  // has the chosen topic.
  Result<Bytes> make_profile(const ProfileRequest& request, std::chrono::seconds ttl);

  // The same profile for a device of this topic. Errors: as make_profile.
  Result<RenewalProfile> make_renewal_profile(const std::string& topic);

  Result<NewEnrollmentToken> make_token(const EnrollmentTokenTerms& terms);

  // Spends one use of a token on a profile; its challenge lives for an hour. The use counts only if
  // the profile could be made. unauthenticated: unknown, used up or expired. Else as make_profile.
  Result<Bytes> redeem_token(std::string_view secret, std::string_view topic);

 private:
  Result<std::string> choose_topic(std::string_view wanted) const;
  Result<Bytes> profile_with(const ProfileRequest& request, SecretBytes challenge) const;

  CertificateStore& store_;
  const CredentialSource& credentials_;
  const EnrollmentProfileOptions options_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bramley
