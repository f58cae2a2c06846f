#include "core/plist/plist_document.h"
#include "tests/fuzz/fuzz_target.h"

// What parses can be written (unless it holds text that XML cannot carry), and reads back the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = bramley::parse_plist({data, size});
  if (value) {
    if (const auto xml = bramley::write_plist_xml(*value)) {
      const auto again = bramley::parse_plist(*xml);
      CHECK(again && bramley::write_plist_xml(*again).value() == *xml);
    }
  }
  return 0;
}
