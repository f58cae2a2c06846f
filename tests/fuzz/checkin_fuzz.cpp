#include "core/mdm/checkin_message.h"
#include "core/mdm/command.h"
#include "core/mdm/enrollment_profile.h"
#include "core/plist/plist_document.h"
#include "tests/fuzz/fuzz_target.h"

// Whatever a device or an administrator may send as a property list; who sent it is never empty.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bramley::ByteView document(data, size);
  if (const auto message = bramley::parse_checkin(document)) {
    CHECK(!message->enrollment.value().empty() && message->raw.size() == size);
  }
  if (const auto report = bramley::parse_report(document)) {
    CHECK(!report->enrollment.value().empty());
    CHECK(report->status == bramley::ReportStatus::idle || !report->command_uuid.empty());
    (void)bramley::error_chain(bramley::parse_plist_dictionary(document).value());
  }
  if (const auto command = bramley::parse_command(document)) {
    CHECK(!command->uuid.empty() && !command->request_type.empty());
  }
  (void)bramley::read_enrollment_profile(document);
  return 0;
}
