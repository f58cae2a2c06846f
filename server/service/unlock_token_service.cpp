#include "server/service/unlock_token_service.h"

#include "core/plist/plist_document.h"

namespace bramley {

Result<ReportReply> UnlockTokenService::report(const DeviceIdentity& device,
                                               const CommandReport& report) {
  TRY_ASSIGN(ReportReply reply, next_.report(device, report));
  if (reply.command && reply.command->request_type == "ClearPasscode") {
    TRY_ASSIGN(reply.command, fill_in(report.enrollment, *std::move(reply.command)));
  }
  return reply;
}

Result<Command> UnlockTokenService::fill_in(const EnrollmentId& enrollment, Command command) const {
  const auto document = parse_plist_dictionary(command.plist);
  const PlistValue* inner = document ? document->find("Command") : nullptr;
  const PlistDictionary* keys = inner == nullptr ? nullptr : inner->dictionary();
  if (keys == nullptr || keys->find("UnlockToken") != nullptr) {
    return command;
  }
  TRY_ASSIGN(const auto token, enrollments_.unlock_token(enrollment));
  if (!token) {
    log_.warn("no unlock token is known for a ClearPasscode",
              {{"enrollment", enrollment.value()}, {"command_uuid", command.uuid}});
    return command;
  }
  const ByteView bytes = token->reveal();
  PlistDictionary filled = *keys;
  filled.set("UnlockToken", Bytes(bytes.begin(), bytes.end()));
  PlistDictionary whole = *document;
  whole.set("Command", std::move(filled));
  TRY_ASSIGN(command.plist, write_plist_xml(whole));
  return command;
}

}  // namespace bramley
