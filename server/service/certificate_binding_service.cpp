#include "server/service/certificate_binding_service.h"

namespace bramley {

Result<CheckinReply> CertificateBindingService::check_in(const DeviceIdentity& device,
                                                         const CheckinMessage& message) {
  if (!std::holds_alternative<Authenticate>(message.body)) {
    TRY(require_binding(device, message.enrollment));
  }
  return next_.check_in(device, message);
}

Result<ReportReply> CertificateBindingService::report(const DeviceIdentity& device,
                                                      const CommandReport& report) {
  TRY(require_binding(device, report.enrollment));
  return next_.report(device, report);
}

Status CertificateBindingService::require_binding(const DeviceIdentity& device,
                                                  const EnrollmentId& enrollment) const {
  TRY_ASSIGN(const auto owner, certificates_.device_of(device.fingerprint()));
  if (!owner) {
    return Error{ErrorCode::unauthenticated,
                 "certificate " + device.fingerprint().hex() + " is not bound to any device"};
  }
  if (*owner != enrollment.device_value()) {
    return Error{ErrorCode::unauthenticated, "certificate " + device.fingerprint().hex() +
                                                 " is not bound to " + enrollment.device_value()};
  }
  return {};
}

}  // namespace bramley
