#include "server/service/event_publishing_service.h"

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::size_t event_id_bytes = 8;

}  // namespace

Event EventPublishingService::event(const EnrollmentId& id, std::string topic,
                                    const std::string& query, const Bytes& raw) const {
  Event made{id};
  made.id = encode_hex(random_bytes(random_, event_id_bytes));
  made.topic = std::move(topic);
  made.created_at = clock_.now();
  made.query = query;
  if (audience_.keeps_messages()) {
    made.raw = raw;
  }
  return made;
}

Result<CheckinReply> EventPublishingService::check_in(const DeviceIdentity& device,
                                                      const CheckinMessage& message) {
  if (!audience_.is_present()) {
    return next_.check_in(device, message);
  }
  CheckinReply reply;
  const auto told = event(message.enrollment, "mdm." + std::string(message.type_name()),
                          message.query, message.raw);
  TRY(events_.record_with(told, [&]() -> Status {
    TRY_ASSIGN(reply, next_.check_in(device, message));
    return {};
  }));
  bell_.ring();
  return reply;
}

Result<ReportReply> EventPublishingService::report(const DeviceIdentity& device,
                                                   const CommandReport& report) {
  const bool idle = report.status == ReportStatus::idle;
  if (idle ? !audience_.hears_idle() : !audience_.is_present()) {
    return next_.report(device, report);
  }
  Event told = event(report.enrollment, "mdm.Connect", report.query, report.raw);
  told.status = report.status_text;
  told.command_uuid = report.command_uuid;
  if (idle) {
    auto next = next_.report(device, report);
    if (next) {
      events_.record_soon(std::move(told));
    }
    return next;
  }
  ReportReply reply;
  TRY(events_.record_with(told, [&]() -> Status {
    TRY_ASSIGN(reply, next_.report(device, report));
    return {};
  }));
  bell_.ring();
  return reply;
}

}  // namespace bramley
