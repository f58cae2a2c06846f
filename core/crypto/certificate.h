#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/digest.h"

struct x509_st;

namespace bramley {

// An X.509 certificate: an immutable value, cheap to copy. Parsing proves only that it is
// well-formed; whom to trust is TrustStore's question.
class Certificate {
 public:
  static constexpr std::size_t largest_der = 64U << 10U;

  // malformed: not one certificate in DER (RFC 5280), bytes after it, or more than `largest_der`.
  // BER is refused, for then one certificate could come with many fingerprints.
  static Result<Certificate> from_der(ByteView der);
  // The first CERTIFICATE block. malformed: none, or a damaged one.
  static Result<Certificate> from_pem(std::string_view pem);
  // Every CERTIFICATE block, in order; other blocks are skipped. malformed: none at all, more than
  // 1,000, or a damaged one.
  static Result<std::vector<Certificate>> all_from_pem(std::string_view pem);
  // PEM or DER, by looking: what a person hands over.
  static Result<Certificate> from_file_content(ByteView content);
  // Takes over one reference.
  static Certificate adopt(x509_st* owned);

  [[nodiscard]] Bytes der() const;
  [[nodiscard]] std::string pem() const;
  // SHA-256 of the DER as it was received.
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }

  // A date that cannot be read makes the certificate valid at no time.
  [[nodiscard]] Timestamp not_before() const;
  [[nodiscard]] Timestamp not_after() const;
  [[nodiscard]] bool is_valid_at(Timestamp time) const {
    return not_before() <= time && time <= not_after();
  }

  // RFC 2253 style, escaped: safe to log and print. Empty for an empty name.
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] std::string issuer() const;
  [[nodiscard]] Bytes subject_der() const;
  [[nodiscard]] std::optional<std::string> common_name() const;
  // 0.9.2342.19200300.100.1.1: where a push certificate has its topic.
  [[nodiscard]] std::optional<std::string> user_id() const;
  // Upper-case hex in whole bytes, as `openssl x509 -serial` prints it.
  [[nodiscard]] std::string serial_hex() const;
  // dNSName entries of subjectAltName; those with anything but printable ASCII are left out.
  [[nodiscard]] std::vector<std::string> dns_names() const;

  // Whether a TLS client that asks for `host` (a DNS name, or an IP address without brackets) finds
  // it in subjectAltName, wildcards included. The common name does not count, as it does not for
  // Apple.
  [[nodiscard]] bool is_for_host(const std::string& host) const;
  // Whether an extended key usage is there and names TLS servers.
  [[nodiscard]] bool names_tls_servers() const;
  // The digest under the issuer's signature, in small letters without marks ("sha256", "md5"); ""
  // when the algorithm has none of its own (Ed25519) or is unknown.
  [[nodiscard]] std::string signature_digest() const;

  // Whether there is an extension with this OID (dotted), or one below it in the tree.
  [[nodiscard]] bool has_extension(std::string_view oid) const;
  [[nodiscard]] bool has_extension_below(std::string_view oid) const;

  // Whether `issuer`'s name stands in it and `issuer`'s key signed it. Validity, constraints and
  // trust are not judged: TrustStore does that.
  [[nodiscard]] bool is_issued_by(const Certificate& issuer) const;

  // basicConstraints CA:TRUE.
  [[nodiscard]] bool is_ca() const;
  // SubjectPublicKeyInfo in DER: two certificates or a certificate and a key belong together iff
  // equal.
  [[nodiscard]] Bytes public_key_der() const;
  [[nodiscard]] bool has_rsa_key() const;
  [[nodiscard]] bool has_ec_key() const;
  // 0 for a kind of key that OpenSSL does not know.
  [[nodiscard]] int public_key_bits() const;

  // Borrowed; for the code of this folder only.
  [[nodiscard]] x509_st* native() const { return handle_.get(); }

  bool operator==(const Certificate& other) const { return fingerprint_ == other.fingerprint_; }

 private:
  explicit Certificate(std::shared_ptr<x509_st> handle);
  std::shared_ptr<x509_st> handle_;
  Fingerprint fingerprint_;
};

}  // namespace bramley
