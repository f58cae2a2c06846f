#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "core/crypto/trust_store.h"

namespace bramley {

// Verifies the `Mdm-Signature` header: base64 of a detached CMS SignedData over the exact request
// body (mdm.md §1.5; Apple, "Managing certificates for MDM servers and devices"). SHA-1, BER and a
// missing set of signed attributes pass.
//
// The first message of a certificate takes OpenSSL's complete way; later ones a shorter one whose
// verdict is the same (libraries.md): a parsed public key and the chain's verdict are kept, by the
// certificate's SHA-256, in a bounded cache. Safe to call from several threads.
class MdmSignatureVerifier {
 public:
  explicit MdmSignatureVerifier(std::size_t cached_certificates = 100'000);
  ~MdmSignatureVerifier();

  // The signer, if the signature holds, the chain leads to `trust`, and every date fits `now`.
  // malformed: not base64, not CMS. unauthenticated: everything else, with the reason.
  Result<Certificate> verify(std::string_view header, ByteView body, const TrustStore& trust,
                             Timestamp now);

  // The signer that the header claims, chain judged, signature not: enough to decide how much body
  // to read.
  Result<Certificate> trusted_claim(std::string_view header, const TrustStore& trust,
                                    Timestamp now);

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

// The other side, for simulated devices: SHA-256, signed attributes, one certificate. Base64 on one
// line.
Result<std::string> make_mdm_signature(ByteView body, const Certificate& certificate,
                                       const PrivateKey& key);

// The same verdict by stock CMS_verify alone: the oracle that tests hold the fast path against.
Result<Certificate> verify_mdm_signature_stock(std::string_view header, ByteView body,
                                               const TrustStore& trust, Timestamp now);

}  // namespace bramley
