#include "server/http/device_certificate_judge.h"

#include <algorithm>

#include "server/http/limits.h"

namespace bramley {
namespace {

// How late the expiry of an authority above the certificate may be noticed.
constexpr std::chrono::minutes verdict_lifetime(5);

}  // namespace

Result<Certificate> DeviceCertificateJudge::judge(ByteView der, Timestamp now) {
  if (der.size() > limits::device_certificate) {
    return Error{ErrorCode::malformed, "device certificate: too large"};
  }
  const Fingerprint fingerprint = sha256(der);
  {
    const std::lock_guard lock(mutex_);
    const auto known = verdicts_.find(fingerprint);
    if (known != verdicts_.end() && now <= known->second.until) {
      return known->second.certificate;
    }
  }
  TRY_ASSIGN(auto certificate, Certificate::from_der(der));
  TRY(trust().verify(certificate, now));
  const std::lock_guard lock(mutex_);
  if (verdicts_.size() >= capacity_) {
    verdicts_.erase(verdicts_.begin());
  }
  const Timestamp until = std::min(now + verdict_lifetime, certificate.not_after());
  verdicts_.insert_or_assign(fingerprint, Verdict{certificate, until});
  return certificate;
}

TrustStore DeviceCertificateJudge::trust() const {
  const std::lock_guard lock(mutex_);
  return trust_;
}

void DeviceCertificateJudge::set_trust(TrustStore trust) {
  const std::lock_guard lock(mutex_);
  trust_ = std::move(trust);
  verdicts_.clear();
}

}  // namespace bramley
