#include "server/service/re_enrollment_service.h"

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::size_t event_id_bytes = 8;

MetricCounter& counter(Metrics& metrics, const std::string& outcome) {
  return metrics.counter(
      {"bramley_re_enrollments_total",
       "Authenticate messages for enrolled devices with a key that is not theirs, by outcome."},
      {{"outcome", outcome}});
}

}  // namespace

ReEnrollmentService::ReEnrollmentService(MdmService& next, ReEnrollment policy, const Ports& ports)
    : next_(next),
      policy_(policy),
      ports_(ports),
      taken_(counter(ports.metrics, "taken")),
      refused_(counter(ports.metrics, "refused")) {}

Result<CheckinReply> ReEnrollmentService::check_in(const DeviceIdentity& device,
                                                   const CheckinMessage& message) {
  if (std::holds_alternative<Authenticate>(message.body) &&
      message.enrollment.is_device_channel()) {
    TRY(judge(device, message));
  }
  return next_.check_in(device, message);
}

Status ReEnrollmentService::judge(const DeviceIdentity& device, const CheckinMessage& message) {
  TRY_ASSIGN(const auto claim,
             ports_.renewals.judge(message.enrollment.value(), device.fingerprint()));
  if (claim != IdentityClaim::named && claim != IdentityClaim::stranger) {
    return {};
  }
  TRY_ASSIGN(const bool passes, may_pass(device, message, claim));
  TRY(tell(message, passes ? re_enrollment_topic : refused_re_enrollment_topic));
  (passes ? taken_ : refused_).add();
  ports_.log.warn("an enrolled device authenticates with another key",
                  {{"enrollment", message.enrollment.value()},
                   {"certificate", device.fingerprint().hex()},
                   {"subject", device.certificate.subject()},
                   {"outcome", passes ? "taken" : "refused"}});
  if (!passes) {
    return Error{ErrorCode::forbidden, "the device is enrolled with another key (--re-enroll)",
                 policy_ == ReEnrollment::approve
                     ? "let it with 'bramley device approve'"
                     : "enroll it with a profile or token that is bound to the device"};
  }
  return {};
}

Result<bool> ReEnrollmentService::may_pass(const DeviceIdentity& device,
                                           const CheckinMessage& message, IdentityClaim claim) {
  switch (policy_) {
    case ReEnrollment::allow:
      return true;
    case ReEnrollment::bound:
      return claim == IdentityClaim::named;
    case ReEnrollment::approve:
      break;
  }
  return ports_.renewals.use_approval(message.enrollment.value(), device.fingerprint(),
                                      ports_.clock.now());
}

Status ReEnrollmentService::tell(const CheckinMessage& message, std::string_view topic) {
  if (!ports_.audience.is_present()) {
    return {};
  }
  Event event{message.enrollment};
  event.id = encode_hex(random_bytes(ports_.random, event_id_bytes));
  event.topic = topic;
  event.created_at = ports_.clock.now();
  event.query = message.query;
  event.raw = message.raw;
  TRY(ports_.events.record_with(event, [] { return Status(); }));
  ports_.bell.ring();
  return {};
}

}  // namespace bramley
