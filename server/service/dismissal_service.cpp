#include "server/service/dismissal_service.h"

namespace bramley {

Result<CheckinReply> DismissalService::check_in(const DeviceIdentity& device,
                                                const CheckinMessage& message) {
  // A goodbye is taken from whoever says it.
  if (!std::holds_alternative<CheckOut>(message.body)) {
    const bool is_enrolling = std::holds_alternative<Authenticate>(message.body);
    TRY_ASSIGN(const bool dismissed, dismiss(message.enrollment, is_enrolling));
    if (dismissed) {
      return CheckinReply{CheckinReply::Kind::dismissed};
    }
  }
  return next_.check_in(device, message);
}

Result<ReportReply> DismissalService::report(const DeviceIdentity& device,
                                             const CommandReport& report) {
  TRY_ASSIGN(const bool dismissed, dismiss(report.enrollment, false));
  if (dismissed) {
    return ReportReply{{}, true};
  }
  return next_.report(device, report);
}

Result<bool> DismissalService::dismiss(const EnrollmentId& id, bool is_enrolling) {
  TRY_ASSIGN(const auto dismissal, enrollments_.dismissal(id.device_value()));
  // One that was only unenrolled may come back: its fresh Authenticate ends that.
  if (dismissal == Dismissal::none || (dismissal == Dismissal::unenroll && is_enrolling)) {
    return false;
  }
  // Told until it says goodbye or enrolls again: an answer may be lost on the way.
  TRY_ASSIGN(const auto found, enrollments_.find(id.device_value()));
  if (found && found->state != EnrollmentState::checked_out) {
    TRY(enrollments_.end_enrollment(found->id, clock_.now()));
    log_.info("device dismissed", {{"enrollment", id.device_value()},
                                   {"dismissal", std::string(dismissal_name(dismissal))}});
  }
  return true;
}

}  // namespace bramley
