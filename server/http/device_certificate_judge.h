#pragma once

#include <mutex>
#include <unordered_map>

#include "core/crypto/trust_store.h"

namespace bramley {

// Judges certificates that arrive bare (TLS handshake, proxy header), and remembers good verdicts:
// a chain check costs as much as the rest of a poll. Bounded.
class DeviceCertificateJudge {
 public:
  DeviceCertificateJudge(TrustStore trust, std::size_t capacity)
      : capacity_(capacity), trust_(std::move(trust)) {}

  // malformed: not a certificate. unauthenticated: not one of ours, or out of its dates.
  Result<Certificate> judge(ByteView der, Timestamp now);
  [[nodiscard]] TrustStore trust() const;
  // Judges by these from now on.
  void set_trust(TrustStore trust);

 private:
  const std::size_t capacity_;
  struct Verdict {
    Certificate certificate;
    Timestamp until;
  };
  mutable std::mutex mutex_;
  TrustStore trust_;
  std::unordered_map<Fingerprint, Verdict> verdicts_;
};

}  // namespace bramley
