#include "vendor-tool/push_request_inspector.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/signature.h"
#include "vendor-tool/inspection_notes.h"
#include "vendor-tool/push_request.h"

namespace bramley {
namespace {

constexpr int least_key_bits = 2048;
constexpr std::string_view sign_again =
    "have it signed again: 'bramley vendor sign', or 'bramley mdmcert request'";

void look_at_dress(const FoundPushRequest& found, InspectionNotes& notes) {
  if (found.plain_xml) {
    notes.warn("plain_xml", "the XML is not in base64, in which the portal wants it",
               "base64 FILE makes it so");
  }
  if (found.byte_order_mark) {
    notes.warn("byte_order_mark", "an editor has put a byte order mark at its beginning",
               "save it without one, or fetch it again");
  }
  for (const std::string& key : found.absent) {
    notes.fault("missing_key", key + " is missing", sign_again,
                key == "PushCertCertificateChain" ? PortalAnswer::chain_missing
                                                  : PortalAnswer::invalid_request);
  }
  for (const std::string& key : found.as_data) {
    notes.fault("wrong_type", key + " is <data>: the portal wants <string>", sign_again,
                PortalAnswer::invalid_request);
  }
  for (const std::string& key : found.as_other) {
    notes.fault("wrong_type", key + " is not a <string>", sign_again,
                PortalAnswer::invalid_request);
  }
}

// The request out of its base64, or out of the PEM that some put there.
Result<CertificateRequest> decode_request(const std::string& text, InspectionNotes& notes) {
  constexpr std::string_view pem_begin = "-----BEGIN ";
  bool is_pem = text.find(pem_begin) != std::string::npos;
  Bytes content = to_bytes(std::string_view(text));
  if (!is_pem) {
    TRY_ASSIGN(content, decode_base64_lenient(text));
    is_pem = as_text(content).find(pem_begin) != std::string_view::npos;
  }
  if (is_pem) {
    notes.fault("request_pem", "PushCertRequestCSR is PEM: it has to be base64 of the DER",
                sign_again, PortalAnswer::invalid_request);
  }
  return CertificateRequest::from_file_content(content);
}

void look_at_request(const CertificateRequest& request, const InspectionTerms& terms,
                     InspectionNotes& notes) {
  if (!request.verify_signature()) {
    notes.fault("request_altered", "the certificate request's own signature does not hold",
                "it was altered or damaged: begin again with 'bramley csr push'",
                PortalAnswer::invalid_request);
  }
  if (!request.has_rsa_key() || request.public_key_bits() < least_key_bits) {
    notes.fault("request_key",
                request.has_rsa_key()
                    ? "the request's RSA key has " + std::to_string(request.public_key_bits()) +
                          " bits: 2048 is the least"
                    : "the request's key is not RSA",
                "make another request: bramley csr push", PortalAnswer::invalid_request);
  }
  if (terms.expected_request && *terms.expected_request != request.der()) {
    notes.fault("other_request", "it holds another certificate request than yours",
                "the certificate would be for a key that you do not have: ask for it again",
                PortalAnswer::none);
  }
}

std::optional<DigestAlgorithm> digest_of_signature(const Certificate& vendor, ByteView data,
                                                   ByteView signature) {
  for (const DigestAlgorithm digest : {DigestAlgorithm::sha256, DigestAlgorithm::sha1,
                                       DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    if (verify_data(vendor, digest, data, signature)) {
      return digest;
    }
  }
  return std::nullopt;
}

void look_at_signature(const std::string& text, Inspection& inspection, InspectionNotes& notes) {
  const auto signature = decode_base64_lenient(text);
  if (!signature || signature->empty()) {
    notes.fault("signature_base64", "PushCertSignature is not base64 of a signature", sign_again,
                PortalAnswer::signature_failed);
    return;
  }
  if (!inspection.request || inspection.chain.empty()) {
    return;  // what keeps it from being judged is a fault already
  }
  inspection.digest =
      digest_of_signature(inspection.chain.front(), inspection.request->der(), *signature);
  if (!inspection.digest) {
    notes.fault("signature_wrong",
                "the signature was not made over this request by the vendor's key: another key, or "
                "the request was altered afterwards",
                sign_again, PortalAnswer::signature_failed);
  } else if (*inspection.digest == DigestAlgorithm::sha1) {
    notes.fault("signature_sha1", "the signature uses SHA-1: since 2021 the portal wants SHA-256",
                sign_again, PortalAnswer::signature_failed);
  } else if (*inspection.digest != DigestAlgorithm::sha256) {
    notes.warn("signature_digest", "the signature uses another digest than SHA-256",
               "nobody has told whether the portal takes it");
  }
  if (inspection.request->public_key_der() == inspection.chain.front().public_key_der()) {
    notes.warn("vendor_request", "the request is for the vendor's own key",
               "a push certificate should have a key of its own: bramley csr push");
  }
}

}  // namespace

std::string_view portal_text(PortalAnswer answer) {
  switch (answer) {
    case PortalAnswer::none:
      break;
    case PortalAnswer::signature_failed:
      return "Certificate Signature Verification failed (-80018): the signature is invalid";
    case PortalAnswer::certificate_expired:
      return "the signing certificate is expired";
    case PortalAnswer::invalid_request:
      return "Invalid Certificate Signing Request";
    case PortalAnswer::chain_missing:
      return "Signing Certificate Chain Missing";
  }
  return {};
}

bool Inspection::has_faults() const {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.level == Finding::Level::fault; });
}

Inspection inspect_push_request(ByteView content, const InspectionTerms& terms) {
  Inspection inspection;
  InspectionNotes notes(inspection.findings);
  const auto found = read_push_request(content);
  if (!found) {
    notes.fault("not_a_request", found.error().message, found.error().hint,
                PortalAnswer::invalid_request);
    return inspection;
  }
  look_at_dress(*found, notes);
  const PushRequest& request = found->request;
  if (!request.request.empty()) {
    if (auto decoded = decode_request(request.request, notes)) {
      inspection.request = *std::move(decoded);
      look_at_request(*inspection.request, terms, notes);
    } else {
      notes.fault("request_damaged",
                  "PushCertRequestCSR is no certificate request: " + decoded.error().message,
                  sign_again, PortalAnswer::invalid_request);
    }
  }
  if (!request.chain.empty()) {
    inspection.chain = inspect_chain(request.chain, terms, notes);
  }
  if (!request.signature.empty()) {
    look_at_signature(request.signature, inspection, notes);
  }
  return inspection;
}

}  // namespace bramley
