#pragma once

#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/crypto/digest.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

// Asn1MdmMessage is private to the .cpp.
struct Asn1MdmMessage;
void free_mdm_message(Asn1MdmMessage* message);

// The SignedData (RFC 5652 §5) of an Mdm-Signature, with its certificates left as bytes: OpenSSL's
// own parser decodes their public keys, which takes most of its time. Understands only what needs
// no thought: one signer, one of four digests, plain attributes, no revocation lists. Everything
// else is left to CMS_verify, so that what is accepted here would be accepted there.
class MdmSignedData {
 public:
  // Empty for what is not such a message, and for what is left to CMS_verify.
  static std::optional<MdmSignedData> parse(ByteView der);

  // SHA-256 of the certificates and the signer's identifier as they came. What CMS_verify makes of
  // them (which certificate is the signer's, which may complete its chain) depends on nothing else.
  [[nodiscard]] Fingerprint claim() const;

  // Whether the signature and the digest of `body` hold. Content that the message carries itself is
  // passed over. False may also mean: left to CMS_verify.
  [[nodiscard]] bool holds(EVP_PKEY* key, ByteView body) const;

  // Borrowed; null without one.
  [[nodiscard]] X509_ATTRIBUTE* signing_time() const { return signing_time_; }

 private:
  MdmSignedData() = default;
  bool read_digest_algorithms();
  bool read_attributes();
  [[nodiscard]] bool digest_matches(ByteView digest) const;

  CHandle<Asn1MdmMessage, free_mdm_message> message_;
  const EVP_MD* digest_ = nullptr;
  // Borrowed from message_.
  X509_ATTRIBUTE* message_digest_ = nullptr;
  X509_ATTRIBUTE* signing_time_ = nullptr;
};

}  // namespace bramley
