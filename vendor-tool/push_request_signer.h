#pragma once

#include <string>

#include "core/base/clock.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/private_key.h"
#include "core/crypto/signed_message.h"
#include "vendor-tool/apple_chain.h"

namespace bramley {

struct VendorIdentity {
  Certificate certificate;
  PrivateKey key;
  AppleChain chain;
};

// malformed: not an MDM vendor's signing certificate (extension 1.2.840.113635.100.4.12), or no RSA
// key. conflict: the key is not the certificate's.
Status check_vendor_pair(const Certificate& certificate, const PrivateKey& key);

// Signs customers' certificate requests as an MDM vendor: what comes out is what Apple's push
// certificate portal takes. Immutable; safe to use from several threads.
class PushRequestSigner {
 public:
  // `digest`: sha256, or sha1 as Apple's old document has it (its portal has refused that since
  // 2021). As check_vendor_pair; unauthenticated: not valid at `now`, or a broken chain.
  // unsupported: another digest.
  static Result<PushRequestSigner> make(VendorIdentity identity, DigestAlgorithm digest,
                                        Timestamp now);

  // unauthenticated: the vendor's certificate or its chain is not valid at this time.
  [[nodiscard]] Status check_validity(Timestamp now) const;

  // The text of the .req (push_request.h). unauthenticated: the request's own signature does not
  // hold. unsupported: its key is not RSA, or shorter than 2048 bits. conflict: it is the request
  // of the vendor's own certificate.
  [[nodiscard]] Result<std::string> sign(const CertificateRequest& request) const;

  [[nodiscard]] const Certificate& certificate() const { return identity_.certificate; }

 private:
  PushRequestSigner(VendorIdentity identity, DigestAlgorithm digest)
      : identity_(std::move(identity)), digest_(digest) {}
  VendorIdentity identity_;
  DigestAlgorithm digest_;
};

// What `sign` would refuse a customer's request for, without a vendor at hand.
Status check_customer_request(const CertificateRequest& request);

// The attachment as mdmcert.download sends it: hex of a DER EnvelopedData (AES-256-CBC) for
// `recipient` over the request in lines with CRLF. unsupported: a recipient without an RSA key.
Result<std::string> seal_push_request(std::string_view request, const Certificate& recipient);

}  // namespace bramley
