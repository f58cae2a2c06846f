#include "core/crypto/issuer_and_subject.h"
#include "core/scep/scep_message.h"
#include "tests/fuzz/fuzz_authority.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

// What is inside is signed and sealed, so that changed inputs would hardly ever get there: the
// input stands for it too.
void take_for_the_inside(ByteView data) {
  (void)open_envelope(data, fuzz_authority().certificate(), fuzz_authority().key(),
                      SingleDes::allow);
  (void)IssuerAndSubject::from_der(data);
  const auto request = CertificateRequest::from_der(data);
  if (!request) {
    return;
  }
  (void)request->verify_signature();
  (void)request->challenge_password();
  (void)request->subject();
  (void)request->common_name();
  static LocalCertificateAuthority authority = fuzz_authority();
  const auto issued = authority.issue(
      *request,
      {fuzz_time, fuzz_time + std::chrono::hours(1), {1}, request->subject_alternative_names()});
  CHECK(!issued || Certificate::from_der(issued->der()));
}

}  // namespace
}  // namespace bramley

// A request that can be read gets a signed reply, which can be read in turn.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  take_for_the_inside({data, size});
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
