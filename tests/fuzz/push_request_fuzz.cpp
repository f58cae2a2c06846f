#include "tests/fuzz/fuzz_target.h"
#include "vendor-tool/push_request_inspector.h"

// Whatever is uploaded, it is read or a finding says why not.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  const InspectionTerms terms{Timestamp(std::chrono::seconds(1'795'478'400)), std::nullopt,
                              std::nullopt};
  const Inspection inspection = inspect_push_request({data, size}, terms);
  CHECK(inspection.request || inspection.has_faults());
  for (const Finding& finding : inspection.findings) {
    CHECK(!finding.code.empty() && !finding.message.empty());
  }
  return 0;
}
