#include "core/base/encoding.h"
#include "core/crypto/mdm_signature.h"
#include "tests/fuzz/fuzz_authority.h"

// Input: two bytes of length, that many bytes of CMS, the body. The fast path and OpenSSL's own
// must agree, the first time and from the cache.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bramley;
  static const TrustStore trust = TrustStore::of({fuzz_authority().certificate()}).value();
  static MdmSignatureVerifier verifier(16);
  const std::size_t length = size < 2 ? 0 : (std::size_t{data[0]} << 8U | data[1]);
  if (size < 2 + length) {
    return 0;
  }
  const std::string header = encode_base64({data + 2, length});
  const ByteView body(data + 2 + length, size - 2 - length);
  const auto stock = verify_mdm_signature_stock(header, body, trust, fuzz_time);
  for (int round = 0; round < 2; ++round) {
    const auto fast = verifier.verify(header, body, trust, fuzz_time);
    CHECK(fast.has_value() == stock.has_value() && (!fast || *fast == *stock));
  }
  (void)verifier.trusted_claim(as_text({data, size}), trust, fuzz_time);
  return 0;
}
