#include "core/scep/scep_message.h"
#include "tests/fuzz/fuzz_authority.h"
#include "tests/support/seeded_random.h"

// A request that can be read gets a signed reply, which can be read in turn.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  const auto request = parse_scep_request({data, size});
  if (!request) {
    return 0;
  }
  const auto content = open_scep_content(*request, fuzz_authority(), SingleDes::allow);
  if (const auto* opened = std::get_if<ScepContent>(&content); opened && opened->request) {
    (void)opened->request->verify_signature();
    (void)opened->request->challenge_password();
    (void)opened->request->subject();
    (void)opened->request->subject_alternative_names();
  }
  static SeededRandom random;
  const ScepResponder responder{fuzz_authority(), SingleDes::allow, fuzz_time, random};
  const auto reply = make_scep_failure(*request, ScepFailInfo::bad_request, "no", responder);
  CHECK(reply && SignedMessage::verify(*reply));
  return 0;
}
