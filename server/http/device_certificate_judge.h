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
      : trust_(std::move(trust)), capacity_(capacity) {}

  // malformed: not a certificate. unauthenticated: not one of ours, or out of its dates.
  Result<Certificate> judge(ByteView der, Timestamp now);
  [[nodiscard]] const TrustStore& trust() const { return trust_; }

 private:
  const TrustStore trust_;
  const std::size_t capacity_;
  struct Verdict {
    Certificate certificate;
    Timestamp until;
  };
  std::mutex mutex_;
  std::unordered_map<Fingerprint, Verdict> verdicts_;
};

}  // namespace bramley
