#include "tests/fuzz/fuzz_authority.h"
#include "vendor-tool/sealed_attachment.h"

// An attachment in any dress is opened, or there is a reason with a way out.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  const auto opened =
      open_attachment({data, size}, fuzz_authority().certificate(), fuzz_authority().key());
  CHECK(opened || !opened.error().message.empty());
  return 0;
}
