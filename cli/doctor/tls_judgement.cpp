#include "cli/doctor/tls_judgement.h"

#include <algorithm>

#include "core/crypto/certificate_chain.h"
#include "core/crypto/trust_store.h"

namespace bramley {
namespace {

constexpr int least_rsa_bits = 2048;
constexpr int least_ec_bits = 256;
constexpr std::chrono::days longest_life{825};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text.empty() ? "no name at all" : text;
}

void judge_name(Examination& patient, const ShownChain& chain) {
  const Certificate& leaf = chain.certificates.front();
  if (!chain.host.empty() && !leaf.is_for_host(chain.host)) {
    patient.fault(chain.check, chain.subject,
                  "the TLS certificate is not for " + chain.host + ": its subjectAltName has " +
                      joined(leaf.dns_names()),
                  "get one that names " + chain.host + " there; the common name does not count");
  }
}

void judge_algorithms(Examination& patient, const ShownChain& chain) {
  for (const Certificate& link : chain.certificates) {
    const int bits = link.public_key_bits();
    const bool strong =
        link.has_rsa_key() ? bits >= least_rsa_bits : link.has_ec_key() && bits >= least_ec_bits;
    if (!strong) {
      patient.fault(
          chain.check, chain.subject,
          link.subject() + ": its key is too weak for Apple (" + std::to_string(bits) + " bits)",
          "use RSA with 2048 bits or more, or an elliptic curve of 256 or more");
    }
    const std::string digest = link.signature_digest();
    // Nobody checks the signature of a root.
    if (!is_self_signed(link) && digest != "sha256" && digest != "sha384" && digest != "sha512") {
      patient.fault(chain.check, chain.subject,
                    link.subject() + ": it is signed with " + (digest.empty() ? "?" : digest),
                    "Apple takes SHA-256 or better: have it issued anew");
    }
  }
}

void judge_leaf(Examination& patient, const ShownChain& chain) {
  const Certificate& leaf = chain.certificates.front();
  if (leaf.not_after() - leaf.not_before() > longest_life) {
    patient.fault(chain.check, chain.subject, "the TLS certificate is good for more than 825 days",
                  "Apple refuses those: have it issued for a year");
  }
  if (!leaf.names_tls_servers()) {
    patient.fault(chain.check, chain.subject,
                  "the TLS certificate has no extended key usage for TLS servers",
                  "have it issued with extendedKeyUsage serverAuth");
  }
}

// Devices do not go looking for an intermediate certificate that is missing.
void judge_wholeness(Examination& patient, const ShownChain& chain) {
  const Certificate& leaf = chain.certificates.front();
  const auto whole = chain_from(leaf, chain.certificates);
  if (whole.size() == 1 && !is_self_signed(leaf)) {
    const bool is_known = std::ranges::any_of(
        chain.roots, [&leaf](const Certificate& root) { return leaf.is_issued_by(root); });
    if (!is_known) {
      patient.fault(
          chain.check, chain.subject,
          "the server shows its own certificate only, not that of its issuer: " + leaf.issuer(),
          "append the intermediate certificates to the file of --tls-cert");
    }
  } else if (!std::ranges::equal(whole, chain.certificates)) {
    patient.warn(chain.check, chain.subject,
                 "the chain holds certificates that do not belong to it, or in another order",
                 "put the server's own first, then its issuer's, and so on");
  }
}

void judge_trust(Examination& patient, const ShownChain& chain) {
  const Certificate& leaf = chain.certificates.front();
  if (chain.roots.empty()) {
    if (is_self_signed(chain.certificates.back())) {
      patient.warn(chain.check, chain.subject,
                   "the chain ends at a root of your own: " + chain.certificates.back().subject(),
                   "give it to devices in the profile ('bramley profile enrollment --tls-root'), "
                   "and to the doctor with --profile");
    }
    return;
  }
  const auto trust = TrustStore::of(chain.roots);
  const std::size_t most = std::min(chain.certificates.size(), TrustStore::most_offered + 1);
  const std::vector<Certificate> offered(
      chain.certificates.begin() + 1,
      chain.certificates.begin() + static_cast<std::ptrdiff_t>(most));
  const Status judged =
      trust ? trust->verify(leaf, patient.now(), offered, ChainPurpose::server_authentication)
            : Status(Error(trust.error()));
  if (!judged && leaf.is_valid_at(patient.now())) {
    patient.fault(chain.check, chain.subject,
                  "the TLS certificate leads to no root of the profile: " + judged.error().message,
                  "put the root that it comes from into the profile");
  }
}

}  // namespace

void judge_tls_chain(Examination& patient, const ShownChain& chain) {
  judge_name(patient, chain);
  judge_algorithms(patient, chain);
  judge_leaf(patient, chain);
  judge_wholeness(patient, chain);
  judge_trust(patient, chain);
  judge_dates(patient, chain.check, chain.subject, "TLS certificate", chain.certificates.front(),
              "renew it; the server takes the new files without a restart");
}

std::string host_of_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) {
    return {};
  }
  std::string host = url.substr(scheme + 3);
  host.erase(std::min(host.find_first_of("/?"), host.size()));
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string::npos ? std::string() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

}  // namespace bramley
