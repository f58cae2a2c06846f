#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "core/crypto/trust_store.h"

namespace bramley {

// Verifies the `Mdm-Signature` header: base64 (at most 24 KiB) of a CMS SignedData over the exact
// request body with exactly one signer, whose certificate is inside (Apple, "Managing certificates
// for MDM servers and devices"). SHA-1, BER, RSA-1024 and a missing set of signed attributes pass.
// Content inside the message is passed over: the signature has to hold over `body`. A signing time
// has to fall into the certificate's validity. The certificate itself has to be in DER.
//
// The first message of a certificate takes OpenSSL's complete way; later ones a shorter one: the
// parsed certificate and the verdict about its chain are kept in a bounded cache, by the SHA-256 of
// the certificates in the message and of the signer's name in it. The short way only ever accepts;
// what it does not accept takes the complete way too. Safe to call from several threads.
class MdmSignatureVerifier {
 public:
  explicit MdmSignatureVerifier(std::size_t cached_certificates = 100'000);
  ~MdmSignatureVerifier();

  // The signer, if the signature holds, the chain leads to `trust`, and every date fits `now`.
  // malformed: not base64, not CMS. unauthenticated: everything else, with the reason.
  Result<Certificate> verify(std::string_view header, ByteView body, const TrustStore& trust,
                             Timestamp now);

  // The same for a signer whose certificate ended before `now`, by no more than `grace`: the chain
  // is judged as it was in its last second.
  [[nodiscard]] static Result<Certificate> verify_expired(std::string_view header, ByteView body,
                                                          const TrustStore& trust, Timestamp now,
                                                          std::chrono::seconds grace);

  // The signer that the header claims, chain judged, signature not: enough to decide how much body
  // to read.
  Result<Certificate> trusted_claim(std::string_view header, const TrustStore& trust,
                                    Timestamp now);

  // How many calls of verify went which way since the start.
  struct Ways {
    std::uint64_t short_way;
    std::uint64_t complete_way;
  };
  [[nodiscard]] Ways ways() const;

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

// The other side, for simulated devices: SHA-256, signed attributes, one certificate. Base64 on one
// line. Without a signing time the message carries the machine's.
Result<std::string> make_mdm_signature(ByteView body, const Certificate& certificate,
                                       const PrivateKey& key,
                                       std::optional<Timestamp> signing_time = std::nullopt);

// The same verdict by stock CMS_verify alone: the oracle that tests hold the fast path against.
Result<Certificate> verify_mdm_signature_stock(std::string_view header, ByteView body,
                                               const TrustStore& trust, Timestamp now);

}  // namespace bramley
