#include "server/service/renewal_service.h"

#include "server/service/renewal_command.h"

namespace bramley {
namespace {

Error expired(const DeviceIdentity& device) {
  return Error{ErrorCode::unauthenticated, "the certificate expired on " +
                                               format_rfc3339(device.certificate.not_after()) +
                                               ": it is renewed, and nothing else"};
}

}  // namespace

Result<CheckinReply> RenewalService::check_in(const DeviceIdentity& device,
                                              const CheckinMessage& message) {
  if (device.is_expired) {
    return expired(device);
  }
  // What an Authenticate means for the identity is settled in its own transaction.
  if (!std::holds_alternative<Authenticate>(message.body)) {
    note_use(device, message.enrollment);
  }
  return next_.check_in(device, message);
}

Result<ReportReply> RenewalService::report(const DeviceIdentity& device,
                                           const CommandReport& report) {
  if (device.is_expired) {
    return report_expired(device, report);
  }
  note_use(device, report.enrollment);
  TRY_ASSIGN(auto reply, next_.report(device, report));
  if (report.is_final() && is_renewal_command(report.command_uuid)) {
    ports_.hints.note_answer(report.enrollment.device_value());
  }
  if (reply.command && is_renewal_command(reply.command->uuid)) {
    TRY_ASSIGN(reply.command, fill_in(report.enrollment, reply.command->uuid));
  }
  return reply;
}

Result<ReportReply> RenewalService::report_expired(const DeviceIdentity& device,
                                                   const CommandReport& report) {
  const std::string& id = report.enrollment.value();
  TRY_ASSIGN(const auto dismissal, ports_.enrollments.dismissal(id));
  const bool is_idle = report.status == ReportStatus::idle;
  if (!report.enrollment.is_device_channel() || dismissal != Dismissal::none ||
      (!is_idle && !is_renewal_command(report.command_uuid))) {
    return expired(device);
  }
  if (is_idle) {
    ReportReply reply;
    TRY_ASSIGN(reply.command, renewal_for(device, report.enrollment));
    return reply;
  }
  TRY(next_.report(device, report));  // whatever follows is not for this certificate
  if (report.is_final()) {
    ports_.hints.note_answer(id);
  }
  return ReportReply{};
}

// Not by way of the queue, in which other commands stand before it.
Result<std::optional<Command>> RenewalService::renewal_for(const DeviceIdentity& device,
                                                           const EnrollmentId& enrollment) {
  TRY_ASSIGN(const auto known, ports_.enrollments.find(enrollment.value()));
  if (!known || known->state != EnrollmentState::enrolled ||
      known->certificate != device.fingerprint()) {
    return expired(device);
  }
  TRY_ASSIGN(const auto renewal, ports_.renewals.find(enrollment.value()));
  if (!renewal || !renewal->is_open()) {
    TRY(ports_.renewals.open(enrollment.value(), ports_.clock.now()));
    return std::optional<Command>();  // it is there when the device comes again
  }
  if (renewal->state != RenewalState::sent) {
    return std::optional<Command>();
  }
  return fill_in(enrollment, renewal->command_uuid);
}

void RenewalService::note_use(const DeviceIdentity& device, const EnrollmentId& enrollment) {
  ports_.hints.note_use({enrollment.device_value(), device.fingerprint(),
                         device.certificate.not_after(), ports_.clock.now()});
}

Result<std::optional<Command>> RenewalService::fill_in(const EnrollmentId& enrollment,
                                                       const std::string& uuid) {
  auto rendered = render(enrollment, uuid);
  if (rendered) {
    ports_.log.info("renewal profile delivered",
                    {{"enrollment", enrollment.value()}, {"command_uuid", uuid}});
    return std::optional(*std::move(rendered));
  }
  if (rendered.error().code == ErrorCode::unavailable) {
    return std::move(rendered).error();  // the database's trouble: the device comes again
  }
  ports_.log.error("renewal profile not delivered", {{"enrollment", enrollment.value()},
                                                     {"command_uuid", uuid},
                                                     {"cause", rendered.error().message}});
  ports_.hints.note_fault({enrollment.value(), uuid, rendered.error().message});
  return std::optional<Command>();
}

Result<Command> RenewalService::render(const EnrollmentId& enrollment, const std::string& uuid) {
  TRY_ASSIGN(const auto known, ports_.enrollments.find(enrollment.value()));
  if (!known) {
    return Error{ErrorCode::not_found, "no enrollment " + enrollment.value()};
  }
  // First the profile: a challenge that nobody gets to see must not lie in the store.
  TRY_ASSIGN(auto made, ports_.profiles.make_renewal_profile(known->topic));
  TRY_ASSIGN(auto command, renewal_command(uuid, std::move(made.profile)));
  const Timestamp now = ports_.clock.now();
  TRY(ports_.renewals.deliver(enrollment.value(), uuid, made.challenge, now + renewal_challenge_ttl,
                              now));
  return command;
}

}  // namespace bramley
