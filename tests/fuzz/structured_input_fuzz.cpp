#include "cli/structured_input.h"
#include "core/catalogue/command_rules.h"
#include "tests/fuzz/fuzz_target.h"

// Whatever a file holds is a command's keys, or there is a reason; and what was read can be
// checked.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  const CommandCatalogue& apple = CommandCatalogue::apple();
  const auto read = parse_structured({data, size}, apple.find("Settings")->keys);
  CHECK(read || !read.error().message.empty());
  if (read) {
    PlistDictionary command = *read;
    command.set("RequestType", "Settings");
    for (const CommandFinding& finding : check_command(apple, command, {})) {
      CHECK(!finding.message.empty());
    }
  }
  return 0;
}
