#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"

namespace bramley {

// `other`: verified, but none that we sign with (MD5, SHA-224…). To be refused, or answered with
// another.
enum class DigestAlgorithm { sha1, sha256, sha384, sha512, other };

// A signed attribute: its OID in dotted form and its one value.
struct SignedAttribute {
  enum class Kind { printable_string, octet_string, utf8_string };
  std::string oid;
  Kind kind;
  Bytes value;
};

// CMS SignedData with exactly one signer (RFC 5652 §5), as SCEP and Apple use it. BER and
// indefinite lengths are accepted.
class SignedMessage {
 public:
  // Parses, finds the signer's certificate inside, and verifies the signature and the digest of the
  // content. Does not judge the signer: TrustStore does. malformed: not such a message, or trailing
  // bytes. unauthenticated: the signature is wrong, or made with what OpenSSL does not know.
  // `detached`: the content, when the message does not carry it; malformed if it carries one too.
  static Result<SignedMessage> verify(ByteView der,
                                      std::optional<ByteView> detached = std::nullopt);

  [[nodiscard]] const Certificate& signer() const { return certificates_[signer_]; }
  [[nodiscard]] const std::vector<Certificate>& certificates() const { return certificates_; }
  // Empty when detached or absent.
  [[nodiscard]] const Bytes& content() const { return content_; }
  [[nodiscard]] DigestAlgorithm digest() const { return digest_; }
  [[nodiscard]] std::optional<Timestamp> signing_time() const { return signing_time_; }
  // Attributes with one value of a kind above; the others are left out.
  [[nodiscard]] const SignedAttribute* attribute(std::string_view oid) const;

 private:
  SignedMessage() = default;
  std::vector<Certificate> certificates_;
  std::size_t signer_ = 0;
  Bytes content_;
  DigestAlgorithm digest_ = DigestAlgorithm::sha256;
  std::optional<Timestamp> signing_time_;
  std::vector<SignedAttribute> attributes_;
};

struct SigningTerms {
  DigestAlgorithm digest = DigestAlgorithm::sha256;
  // Further certificates to carry besides the signer's.
  std::vector<Certificate> certificates;
  std::vector<SignedAttribute> attributes;
  enum class Content { attached, detached } content = Content::attached;
  // The signing-time attribute; without it OpenSSL writes the machine's time.
  std::optional<Timestamp> signing_time = std::nullopt;
};
// DER SignedData; signatureAlgorithm rsaEncryption for RSA keys (scep-dep trap 12).
Result<Bytes> sign_message(ByteView content, const Certificate& signer, const PrivateKey& key,
                           const SigningTerms& terms);

// The degenerate certs-only SignedData, in the order given (made with PKCS7: CMS would sort,
// scep-dep trap 2).
Result<Bytes> make_certificates_only(const std::vector<Certificate>& certificates);
Result<std::vector<Certificate>> parse_certificates_only(ByteView der);

// The certificate of the one signer of a CMS SignedData, before anything is verified: for a first
// look at who a message claims to come from (limits, caches).
Result<Certificate> claimed_signer(ByteView der);

}  // namespace bramley
