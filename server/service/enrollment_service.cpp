#include "server/service/enrollment_service.h"

#include "core/plist/plist_document.h"

namespace bramley {

Result<CheckinReply> EnrollmentService::check_in(const DeviceIdentity& device,
                                                 const CheckinMessage& message) {
  if (!std::holds_alternative<Authenticate>(message.body)) {
    TRY_ASSIGN(const bool gone, has_checked_out(message.enrollment.device_channel()));
    if (gone) {
      return CheckinReply{};
    }
  }
  // No catch-all: a new message does not compile until somebody decides about it.
  return std::visit([&](const auto& body) { return on(device, message, body); }, message.body);
}

Result<ReportReply> EnrollmentService::report(const DeviceIdentity&, const CommandReport& report) {
  const Timestamp now = clock_.now();
  TRY_ASSIGN(auto next, commands_.settle_and_next(report, now));
  enrollments_.note_seen(report.enrollment, now);
  return ReportReply{std::move(next)};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity& device,
                                           const CheckinMessage& message,
                                           const Authenticate& body) {
  if (!message.enrollment.is_device_channel()) {
    return Error{ErrorCode::malformed, "Authenticate from a user channel"};
  }
  TRY(enrollments_.begin_enrollment(message.enrollment, body, message.raw, device, clock_.now()));
  log_.info("enrollment begins", {{"enrollment", message.enrollment.value()},
                                  {"serial_number", body.serial_number},
                                  {"topic", body.topic},
                                  {"certificate", device.fingerprint().hex()}});
  return CheckinReply{};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const TokenUpdate& body) {
  const Timestamp now = clock_.now();
  TRY(enrollments_.update_push_token(message.enrollment, body, message.raw, now));
  enrollments_.note_seen(message.enrollment, now);
  log_.info("push token updated", {{"enrollment", message.enrollment.value()}});
  return CheckinReply{};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const CheckOut&) {
  const Status ended = enrollments_.end_enrollment(message.enrollment, clock_.now());
  if (!ended && ended.error().code == ErrorCode::not_found) {
    return CheckinReply{};  // a user of the device that was never heard of: gone already
  }
  TRY(ended);
  log_.info("enrollment ended by the device", {{"enrollment", message.enrollment.value()}});
  return CheckinReply{};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const UserAuthenticate&) {
  // Declined: user channels of local and network accounts need no digest of ours (trap 18).
  log_.info("user channel declined", {{"enrollment", message.enrollment.value()}});
  return CheckinReply{CheckinReply::Kind::user_declined, {}};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const SetBootstrapToken& body) {
  auto token = body.token ? std::optional<SecretBytes>(body.token->clone()) : std::nullopt;
  TRY(enrollments_.set_bootstrap_token(message.enrollment.device_channel(), std::move(token),
                                       clock_.now()));
  return CheckinReply{};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const GetBootstrapToken&) {
  TRY_ASSIGN(const auto token, enrollments_.bootstrap_token(message.enrollment.device_channel()));
  if (!token || token->empty()) {
    return CheckinReply{};  // none escrowed: an empty 200, not an error (trap 17)
  }
  PlistDictionary reply;
  reply.set("BootstrapToken", to_bytes(token->reveal()));
  TRY_ASSIGN(auto plist, write_plist_xml(reply));
  return CheckinReply{CheckinReply::Kind::body, std::move(plist)};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const DeclarativeManagement& body) {
  if (ports_.declarations == nullptr) {
    return Error{ErrorCode::unsupported, "declarative management is not configured",
                 "start the server with --dm-url"};
  }
  TRY_ASSIGN(auto answer, ports_.declarations->answer(message.enrollment, body));
  return CheckinReply{CheckinReply::Kind::declarations, std::move(answer.body), answer.status,
                      std::move(answer.content_type)};
}

Result<CheckinReply> EnrollmentService::on(const DeviceIdentity&, const CheckinMessage& message,
                                           const GetToken& body) {
  if (ports_.tokens == nullptr) {
    return Error{ErrorCode::unsupported, "no token service for '" + body.service_type + "'"};
  }
  TRY_ASSIGN(const auto token, ports_.tokens->token(message.enrollment, body));
  PlistDictionary reply;
  reply.set("TokenData", to_bytes(token.reveal()));
  TRY_ASSIGN(auto plist, write_plist_xml(reply));
  return CheckinReply{CheckinReply::Kind::body, std::move(plist)};
}

Result<bool> EnrollmentService::has_checked_out(const EnrollmentId& id) const {
  TRY_ASSIGN(const auto enrollment, enrollments_.find(id.value()));
  return enrollment && enrollment->state == EnrollmentState::checked_out;
}

}  // namespace bramley
