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
    return associate(device, enrollment.device_value());
  }
  if (*owner != enrollment.device_value()) {
    return Error{ErrorCode::unauthenticated, "certificate " + device.fingerprint().hex() +
                                                 " is not bound to " + enrollment.device_value()};
  }
  return {};
}

Status CertificateBindingService::associate(const DeviceIdentity& device,
                                            const std::string& device_id) const {
  const Fingerprint& certificate = device.fingerprint();
  const std::string unbound = "certificate " + certificate.hex() + " is not bound to any device";
  if (!association_ || device.is_expired) {
    return Error{ErrorCode::unauthenticated, unbound};
  }
  if (association_->clock.now() >= association_->until) {
    return Error{ErrorCode::unauthenticated,
                 unbound + ", and --retro ended at " + format_rfc3339(association_->until)};
  }
  Status bound = certificates_.bind_first(certificate, device_id);
  if (bound) {
    association_->log.info("certificate associated by --retro",
                           {{"enrollment", device_id}, {"certificate", certificate.hex()}});
    return {};
  }
  if (bound.error().code == ErrorCode::unauthenticated) {
    // Two messages of the device at once: the other one was quicker.
    TRY_ASSIGN(const auto owner, certificates_.device_of(certificate));
    if (owner == device_id) {
      return {};
    }
  }
  return bound;
}

}  // namespace bramley
