#include <algorithm>

#include "core/apns/push_certificate.h"
#include "core/crypto/key_material.h"
#include "vendor-tool/inspection_notes.h"

namespace bramley {
namespace {

constexpr std::string_view sign_again =
    "have it signed again with the whole chain: 'bramley vendor sign', or 'bramley mdmcert "
    "request'";
constexpr std::size_t whole_chain = 3;  // vendor, intermediate, root
constexpr std::size_t pem_line = 64;    // RFC 7468 §2

// Lines longer than 64 characters inside a block; a lost line end between two blocks, which the
// portal takes, is another matter.
bool has_long_lines(std::string_view pem) {
  while (!pem.empty()) {
    const std::size_t end = std::min(pem.find('\n'), pem.size());
    const std::string_view line = pem.substr(0, end);
    if (line.size() > pem_line + 1 && line.find("-----") == std::string_view::npos) {
      return true;
    }
    pem.remove_prefix(std::min(end + 1, pem.size()));
  }
  return false;
}

// Moves the vendor's certificate to the front.
void look_at_vendor(std::vector<Certificate>& chain, InspectionNotes& notes) {
  const auto is_vendor = [](const Certificate& certificate) {
    return apple_certificate_kind(certificate) == AppleCertificateKind::mdm_vendor;
  };
  const auto vendor = std::ranges::find_if(chain, is_vendor);
  if (vendor == chain.end()) {
    const auto kind = apple_certificate_kind(chain.front());
    const bool push =
        kind == AppleCertificateKind::mdm_push || kind == AppleCertificateKind::app_push;
    notes.fault("not_a_vendor",
                "'" + chain.front().subject() + "' is no MDM vendor's signing certificate" +
                    (push ? " but a push certificate" : ""),
                "sign with the mdm.cer of developer.apple.com (Certificates, MDM CSR)",
                PortalAnswer::signature_failed);
  } else if (vendor != chain.begin()) {
    notes.warn("chain_order", "the vendor's certificate does not come first in the chain",
               sign_again);
    std::rotate(chain.begin(), vendor, vendor + 1);
  }
}

void look_at_dates(const std::vector<Certificate>& chain, Timestamp now, InspectionNotes& notes) {
  for (const Certificate& certificate : chain) {
    if (certificate.is_valid_at(now)) {
      continue;
    }
    const bool early = now < certificate.not_before();
    notes.fault(early ? "not_yet_valid" : "expired",
                "'" + certificate.subject() + "' " +
                    (early ? "is not valid before " + format_rfc3339(certificate.not_before())
                           : "expired on " + format_rfc3339(certificate.not_after())),
                early ? "is this machine's clock right?"
                      : "whoever signed needs a new certificate (mdmcert.download's own lapsed in "
                        "2022 and 2025): tell them, or sign with another vendor's",
                PortalAnswer::certificate_expired);
  }
}

void missing_link(const Certificate& below, std::string_view what, InspectionNotes& notes) {
  notes.fault("chain_incomplete",
              std::string(what) + " is missing from the chain: '" + below.issuer() + "'",
              sign_again, PortalAnswer::chain_missing);
}

// From the vendor's certificate upwards, wherever in the chain the next one stands.
void look_at_links(const std::vector<Certificate>& chain, const InspectionTerms& terms,
                   InspectionNotes& notes) {
  const auto issuer_of = [&](const Certificate& certificate) {
    return std::ranges::find_if(
        chain, [&](const Certificate& candidate) { return certificate.is_issued_by(candidate); });
  };
  const auto intermediate = issuer_of(chain.front());
  if (intermediate == chain.end()) {
    missing_link(chain.front(), "the intermediate", notes);
    return;
  }
  const auto root = issuer_of(*intermediate);
  if (root == chain.end()) {
    missing_link(*intermediate, "the root", notes);
    return;
  }
  const Fingerprint& wanted = terms.root ? terms.root->fingerprint() : apple_root_sha256;
  if (root->fingerprint() != wanted) {
    notes.fault("other_root",
                "the chain ends in '" + root->subject() + "' (SHA-256 " +
                    root->fingerprint().hex() + "), which is not " +
                    (terms.root ? "the root that was given" : "Apple's root"),
                sign_again, PortalAnswer::chain_missing);
  }
  if (chain.size() > whole_chain) {
    notes.warn("chain_extra", "the chain holds more than vendor, intermediate and root",
               "the portal has not been seen to mind");
  }
}

}  // namespace

std::vector<Certificate> inspect_chain(std::string_view pem, const InspectionTerms& terms,
                                       InspectionNotes& notes) {
  auto material = read_key_material(as_bytes(pem));
  if (!material || material->certificates.empty()) {
    notes.fault("chain_damaged",
                "PushCertCertificateChain holds no certificates in PEM" +
                    (material ? std::string() : ": " + material.error().message),
                sign_again, PortalAnswer::chain_missing);
    return {};
  }
  if (!material->keys.empty()) {
    notes.fault("private_key", "the chain holds a private key",
                "show this file to nobody, and consider that key lost", PortalAnswer::none);
  }
  if (has_long_lines(pem)) {
    notes.warn("chain_lines", "the chain's PEM has lines of more than 64 characters",
               "Apple's document asks for lines of 64");
  }
  std::vector<Certificate> chain = std::move(material->certificates);
  look_at_vendor(chain, notes);
  look_at_dates(chain, terms.now, notes);
  look_at_links(chain, terms, notes);
  return chain;
}

}  // namespace bramley
