#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/crypto/certificate.h"
#include "core/crypto/revocation_list.h"
#include "server/store/page.h"

namespace bramley {

// The one device that a challenge, and then the certificate issued on it, is for. Empty strings:
// any.
struct DeviceRestriction {
  std::string udid = {};
  std::string serial_number = {};
  [[nodiscard]] bool empty() const { return udid.empty() && serial_number.empty(); }
};

// A one-time challenge; only its SHA-256 is ever stored.
struct ChallengeTerms {
  Timestamp expires_at = {};
  DeviceRestriction device = {};
};

struct IssuedCertificate {
  Certificate certificate;
  std::string transaction_id = {};
  Fingerprint public_key = {};  // SHA-256 of the SubjectPublicKeyInfo
  Timestamp issued_at = {};
  // The identity that signed the request, when it was a renewal: the new certificate inherits its
  // enrollment and its restriction.
  std::optional<Fingerprint> renewed_from = {};
  DeviceRestriction device = {};
};

struct EnrollmentToken {
  std::string id = {};
  std::string note = {};
  Timestamp created_at = {};
  Timestamp expires_at = {};
  std::int64_t max_uses = 1;  // 0: without limit
  std::int64_t uses = 0;
  DeviceRestriction device = {};
};

// Identities: what was issued, to whom it is bound, and the secrets that earn one.
class CertificateStore {
 public:
  virtual ~CertificateStore() = default;

  // The device (EnrollmentId::device_value) a certificate is bound to; none when it is revoked.
  // Fast: every device request asks.
  virtual Result<std::optional<std::string>> device_of(const Fingerprint& certificate) const = 0;

  // Binds a certificate that was never bound to a device that never had one, as one that came from
  // another server. unauthenticated: not so, or the certificate is revoked, or the device is not
  // known or has checked out. forbidden: it was issued for another device.
  virtual Status bind_first(const Fingerprint& certificate, const std::string& device_id) = 0;

  virtual Status add_challenge(const Fingerprint& challenge, const ChallengeTerms& terms,
                               Timestamp now) = 0;
  // Looks without spending. unauthenticated: unknown, spent or expired.
  virtual Result<ChallengeTerms> check_challenge(const Fingerprint& challenge,
                                                 Timestamp now) const = 0;

  // Records the certificate and spends the challenge, in one transaction; a renewal's certificate
  // is bound to the signer's device at once. unauthenticated: the challenge was spent by somebody
  // else meanwhile, or has expired, or the signer is revoked. Nothing is recorded then.
  virtual Status record_issued(const IssuedCertificate& issued,
                               const std::optional<Fingerprint>& challenge, Timestamp now) = 0;
  // What was issued for the same transaction and key at or after `since`, and not revoked: a reply
  // that was lost is sent again.
  virtual Result<std::optional<Certificate>> find_issued(std::string_view transaction_id,
                                                         const Fingerprint& public_key,
                                                         Timestamp since) const = 0;

  struct IssuedRecord {
    Fingerprint fingerprint;
    std::string serial_hex;
    std::string subject;
    Timestamp issued_at;
    Timestamp not_after;
    std::string device_id;  // empty: not bound
    DeviceRestriction device;
    std::optional<Timestamp> revoked_at = {};
  };
  virtual Result<std::optional<IssuedRecord>> find_record(const Fingerprint& certificate) const = 0;
  // Newest first. An empty device id: all.
  virtual Result<Page<IssuedRecord>> list_issued(std::string_view device_id,
                                                 const PageRequest& page) const = 0;
  virtual Result<std::int64_t> count_issued() const = 0;

  // From now on the certificate is nobody's identity: devices that present it are refused, and
  // Authenticate does not bind it. Once more changes nothing. not_found: neither issued nor bound
  // here.
  virtual Status revoke(const Fingerprint& certificate, RevocationReason reason, Timestamp now) = 0;
  // Those that were issued here and have not expired, in the order of their issue: what a CRL says.
  virtual Result<std::vector<Revocation>> revocations(Timestamp now) const = 0;

  // Enrollment tokens: the secret part of /enroll/{token}, stored as SHA-256.
  virtual Status add_enrollment_token(const Fingerprint& secret, const EnrollmentToken& token) = 0;
  // Counts one use and adds the challenge for the profile in the same transaction (inheriting the
  // token's restriction). unauthenticated: unknown, used up or expired.
  virtual Status redeem_enrollment_token(const Fingerprint& secret, const Fingerprint& challenge,
                                         Timestamp challenge_expires_at, Timestamp now) = 0;
  virtual Result<Page<EnrollmentToken>> list_enrollment_tokens(const PageRequest& page) const = 0;
  // not_found.
  virtual Status delete_enrollment_token(std::string_view id) = 0;

  // Removes spent and expired challenges and tokens, at most `limit` rows; returns how many.
  virtual Result<std::int64_t> sweep(Timestamp now, std::int64_t limit) = 0;
};

}  // namespace bramley
