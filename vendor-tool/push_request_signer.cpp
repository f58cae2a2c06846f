#include "vendor-tool/push_request_signer.h"

#include "core/apns/push_certificate.h"
#include "core/base/encoding.h"
#include "core/crypto/enveloped_message.h"
#include "core/crypto/signature.h"
#include "vendor-tool/push_request.h"

namespace bramley {
namespace {

constexpr int least_key_bits = 2048;

Status check_kind(const Certificate& certificate) {
  constexpr std::string_view hint =
      "it is the mdm.cer of developer.apple.com (Certificates, MDM CSR)";
  switch (apple_certificate_kind(certificate)) {
    case AppleCertificateKind::mdm_vendor:
      break;
    case AppleCertificateKind::mdm_push:
      return Error{ErrorCode::malformed,
                   "this is a push certificate, not an MDM vendor's signing certificate",
                   std::string(hint)};
    case AppleCertificateKind::app_push:
      return Error{ErrorCode::malformed,
                   "this is an app's push certificate, not an MDM vendor's signing certificate",
                   std::string(hint)};
    case AppleCertificateKind::other:
      return Error{ErrorCode::malformed,
                   "this is not an MDM vendor's signing certificate: it lacks the extension "
                   "1.2.840.113635.100.4.12",
                   std::string(hint)};
  }
  if (!certificate.has_rsa_key()) {
    return Error{ErrorCode::malformed, "the vendor's certificate has no RSA key",
                 "the portal takes RSA signatures only: make a request with 'bramley csr vendor', "
                 "and have Apple certify that"};
  }
  return {};
}

Status check_dates(const Certificate& certificate, Timestamp now) {
  if (certificate.is_valid_at(now)) {
    return {};
  }
  const bool early = now < certificate.not_before();
  return Error{
      ErrorCode::unauthenticated,
      "'" + certificate.subject() + "' " +
          (early ? "is not valid before " + format_rfc3339(certificate.not_before())
                 : "expired on " + format_rfc3339(certificate.not_after())),
      early ? "is this machine's clock right?"
            : "the portal would say that the signing certificate is expired: get a new one first"};
}

}  // namespace

Status check_vendor_pair(const Certificate& certificate, const PrivateKey& key) {
  TRY(check_kind(certificate));
  if (!key.matches(certificate)) {
    return Error{ErrorCode::conflict, "the key does not belong to the vendor's certificate",
                 "it is the key that the certificate's request was made with"};
  }
  return {};
}

Result<PushRequestSigner> PushRequestSigner::make(VendorIdentity identity, DigestAlgorithm digest,
                                                  Timestamp now) {
  if (digest != DigestAlgorithm::sha256 && digest != DigestAlgorithm::sha1) {
    return Error{ErrorCode::unsupported, "the portal knows SHA-256 and SHA-1 only"};
  }
  TRY(check_vendor_pair(identity.certificate, identity.key));
  if (!identity.certificate.is_issued_by(identity.chain.intermediate) ||
      !identity.chain.intermediate.is_issued_by(identity.chain.root)) {
    return Error{ErrorCode::unauthenticated,
                 "the vendor's certificate does not chain to the root that was given"};
  }
  PushRequestSigner signer(std::move(identity), digest);
  TRY(signer.check_validity(now));
  return signer;
}

Status PushRequestSigner::check_validity(Timestamp now) const {
  TRY(check_dates(identity_.certificate, now));
  TRY(check_dates(identity_.chain.intermediate, now));
  return check_dates(identity_.chain.root, now);
}

Status check_customer_request(const CertificateRequest& request) {
  if (!request.has_rsa_key()) {
    return Error{ErrorCode::unsupported, "the request's key is not RSA, which the portal asks for",
                 "make another request: bramley csr push"};
  }
  if (request.public_key_bits() < least_key_bits) {
    return Error{ErrorCode::unsupported,
                 "the request's RSA key has " + std::to_string(request.public_key_bits()) +
                     " bits: 2048 is the least",
                 "make another request: bramley csr push"};
  }
  if (auto proven = request.verify_signature(); !proven) {
    return Error{ErrorCode::unauthenticated,
                 "the request's own signature does not hold: it was altered or damaged",
                 "get it again from whoever made it"};
  }
  return {};
}

Result<std::string> PushRequestSigner::sign(const CertificateRequest& request) const {
  TRY(check_customer_request(request));
  if (request.public_key_der() == identity_.certificate.public_key_der()) {
    return Error{ErrorCode::conflict, "this request is for the vendor's own key",
                 "a push certificate needs a key and a request of its own: bramley csr push"};
  }
  const Bytes der = request.der();
  TRY_ASSIGN(const Bytes signature, sign_data(identity_.key, digest_, der));
  // A key that signs wrongly (hardware, memory) is found here, and not at the portal.
  TRY(verify_data(identity_.certificate, digest_, der, signature));
  PushRequest content;
  content.request = encode_base64(der);
  content.chain =
      identity_.certificate.pem() + identity_.chain.intermediate.pem() + identity_.chain.root.pem();
  content.signature = encode_base64(signature);
  return write_push_request(content);
}

Result<std::string> seal_push_request(std::string_view request, const Certificate& recipient) {
  TRY_ASSIGN(const Bytes sealed, seal_envelope(as_bytes(wrap_for_mail(request)), recipient,
                                               ContentCipher::aes_256_cbc, SingleDes::refuse));
  return encode_hex(sealed);
}

}  // namespace bramley
