#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/private_key.h"

struct X509_req_st;

namespace bramley {

struct RequestTerms;

// A PKCS#10 certification request (RFC 2986). Version numbers other than 0 are accepted: Apple
// sends 2.
class CertificateRequest {
 public:
  static constexpr std::size_t largest_der = 64U << 10U;

  // malformed: not one request, bytes after it, more than `largest_der`, or a key of a kind that
  // OpenSSL does not know.
  static Result<CertificateRequest> from_der(ByteView der);
  // PEM or DER, by looking.
  static Result<CertificateRequest> from_file_content(ByteView content);

  [[nodiscard]] Bytes der() const;
  [[nodiscard]] std::string pem() const;
  // Proof of possession: the request's own signature. unauthenticated when it does not verify.
  [[nodiscard]] Status verify_signature() const;

  [[nodiscard]] std::string subject() const;
  [[nodiscard]] Bytes subject_der() const;
  [[nodiscard]] std::optional<std::string> common_name() const;
  // PKCS#9 emailAddress (1.2.840.113549.1.9.1), whatever its string type.
  [[nodiscard]] std::optional<std::string> email_address() const;
  [[nodiscard]] Bytes public_key_der() const;
  [[nodiscard]] int public_key_bits() const;
  [[nodiscard]] bool has_rsa_key() const;
  // PKCS#9 challengePassword, any DirectoryString type, as UTF-8.
  [[nodiscard]] std::optional<SecretBytes> challenge_password() const;
  // DER of the requested subjectAltName extension's value (GeneralNames), if any.
  [[nodiscard]] std::optional<Bytes> subject_alternative_names() const;

  [[nodiscard]] X509_req_st* native() const { return handle_.get(); }

 private:
  CertificateRequest(std::shared_ptr<X509_req_st> handle, std::shared_ptr<evp_pkey_st> key)
      : handle_(std::move(handle)), key_(std::move(key)) {}
  friend Result<CertificateRequest> make_certificate_request(const PrivateKey& key,
                                                             const RequestTerms& terms);
  std::shared_ptr<X509_req_st> handle_;
  std::shared_ptr<evp_pkey_st> key_;
};

// One attribute of a distinguished name: "CN", "O", "C", "emailAddress"… and its UTF-8 value.
struct NameAttribute {
  std::string type;
  std::string value;
};

struct RequestTerms {
  std::vector<NameAttribute> subject;
  // PrintableString when the characters allow it, else UTF8String (as Apple devices do).
  const SecretBytes* challenge = nullptr;
  // DER of a Name to take as it is, in place of `subject` (a renewal's).
  std::optional<Bytes> subject_der = std::nullopt;
};
// Signed with SHA-256. malformed: an attribute type or value that X.520 does not allow.
Result<CertificateRequest> make_certificate_request(const PrivateKey& key,
                                                    const RequestTerms& terms);

}  // namespace bramley
