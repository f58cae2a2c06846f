#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/trust_store.h"
#include "core/scep/scep_message.h"
#include "server/service/scep_metrics.h"
#include "server/store/certificate_store.h"

namespace bramley {

struct ScepPolicy {
  // SHA-256 of a challenge that any number of devices may use; none: one-time challenges alone.
  std::optional<Fingerprint> static_challenge = std::nullopt;
  SingleDes single_des = SingleDes::refuse;
  // Further CAs whose identities renew here, when a device has enrolled with them (--device-ca).
  std::vector<Certificate> device_authorities = {};
  // Of the certificates issued; they never outlive the CA.
  std::chrono::hours validity{24 * 365};
  // NotBefore lies this far back: devices fresh from the box have clocks that lag.
  std::chrono::hours backdate{24};
  // How long after its end the identity of an enrolled device still renews (--identity-grace).
  std::chrono::seconds identity_grace{0};
  int min_key_bits = 2048;
  // How long the same transaction and key get the same certificate again: a reply may be lost.
  std::chrono::seconds replay_window{std::chrono::hours(1)};
  // How far a request's signingTime may be off, either way.
  std::chrono::hours clock_tolerance{24};
};

// Who asks, for the log.
struct ScepCaller {
  std::string trace_id = {};
  std::string peer = {};
};

// The CA's side of SCEP (RFC 8894): first enrollments on a challenge, renewals on the identity that
// is to be replaced, whatever the message type says. Safe to call from several threads.
class ScepService {
 public:
  ScepService(CertificateStore& certificates, std::shared_ptr<LocalCertificateAuthority> authority,
              ScepPolicy policy, const Clock& clock, Random& random, Log& log,
              Metrics& metrics = no_metrics());

  // What GetCACert delivers: signs the replies, and requests are encrypted to it.
  [[nodiscard]] Certificate authority_certificate() const;
  // Issues with these from now on; the CA's name and key must be what they were. Safe while
  // requests are under way.
  void set_authority(std::shared_ptr<LocalCertificateAuthority> authority);

  // The revocation list of what was issued here, in DER: for CRL clients. At most a minute old.
  Result<Bytes> revocation_list();

  // The signed CertRep for one pkiMessage, success or refusal: HTTP 200. malformed,
  // unauthenticated: the message is not one that can be answered: 400. unavailable, internal: ours;
  // nothing was issued. What was issued is durable before this returns.
  Result<Bytes> answer(ByteView pki_message, const ScepCaller& caller = {});

 private:
  using Decision = std::variant<Bytes, ScepRefusal>;
  // The identity that signed a request, and whom it is for.
  struct Identity {
    Fingerprint fingerprint;
    DeviceRestriction device;
  };
  // The CA, and what identities that renew here are judged by.
  struct InForce {
    std::shared_ptr<LocalCertificateAuthority> authority;
    Result<TrustStore> trust;
  };
  // One pkiMessage: who asks, when, and whom.
  struct Question {
    const ScepRequest& request;
    const ScepCaller& caller;
    Timestamp now;
    const InForce& ours;
  };
  // A genuine request for a certificate.
  struct Application {
    const Question& question;
    const CertificateRequest& csr;
    ContentCipher cipher;
    Fingerprint key;  // SHA-256 of the public key that is to be certified
  };
  // What allows the certificate: the identity it replaces, or a challenge (the static one has no
  // fingerprint here, for it is not spent).
  struct Permission {
    std::optional<Fingerprint> renewed_from;
    std::optional<Fingerprint> challenge;
    DeviceRestriction device;
  };

  [[nodiscard]] std::shared_ptr<const InForce> in_force() const;
  Result<Decision> decide(const Question& question);
  Result<Decision> enroll(const Question& question);
  Result<Decision> poll(const Question& question);
  // The signer, if its certificate is a valid identity that was issued here or is a device's; one
  // that has ended, within the time of grace, if it is a device's.
  Result<std::optional<Identity>> current_identity(const Question& question) const;
  [[nodiscard]] bool ended_within_grace(const TrustStore& trust, const Certificate& signer,
                                        Timestamp now) const;
  Result<std::variant<Permission, ScepRefusal>> permit_first(const Application& application) const;
  Result<Decision> issue(const Application& application, const Permission& permission);
  Result<Certificate> sign(const Application& application) const;
  // What an earlier request of the same transaction and key got.
  Result<std::optional<Certificate>> find_reply(const Question& question,
                                                const Fingerprint& key) const;
  Result<Decision> reply_with(const Certificate& certificate, const Question& question,
                              ContentCipher cipher) const;
  // What an earlier request got, once more.
  Result<Decision> repeat(const Certificate& certificate, const Question& question,
                          ContentCipher cipher) const;
  [[nodiscard]] ScepResponder responder(const Question& question) const;
  void log_refused(const Question& question, const ScepRefusal& refusal) const;
  void log_issued(const Application& application, const Permission& permission,
                  const Certificate& certificate) const;

  CertificateStore& certificates_;
  const ScepPolicy policy_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  const ScepMetrics metrics_;
  mutable std::mutex mutex_;
  std::shared_ptr<const InForce> in_force_;
  std::mutex list_mutex_;
  Bytes list_;
  Timestamp list_made_at_ = {};
};

}  // namespace bramley
