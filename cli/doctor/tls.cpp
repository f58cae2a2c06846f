// The server's TLS: its files, and what it shows on the network.

#include "cli/doctor/tls_judgement.h"

namespace bramley {
namespace {

void judge_key(Examination& patient, const Certificate& certificate) {
  const auto& file = patient.places().tls_key;
  if (file.empty()) {
    patient.skip("tls_files", patient.places().tls_certificate.string(), "its key was not named",
                 "name it with --tls-key");
    return;
  }
  const auto material = read_material(file);
  if (!material) {
    patient.fault("tls_files", file.string(), material.error(),
                  "name the key of the TLS certificate, without a passphrase");
  } else if (material->keys.empty() || !material->keys.front().matches(certificate)) {
    patient.fault("tls_files", file.string(), "the key does not belong to the TLS certificate",
                  "name the key that the certificate's request was made with");
  } else {
    patient.ok("tls_files", file.string(), "the key belongs to the TLS certificate");
  }
}

std::vector<Certificate> roots_of(const Examination& patient) {
  return patient.profile ? patient.profile->tls_roots : std::vector<Certificate>();
}

}  // namespace

void check_tls_files(Examination& patient) {
  const auto& file = patient.places().tls_certificate;
  if (file.empty()) {
    patient.skip("tls_files", "", "no TLS certificate is here",
                 "name the server's with --tls-cert, unless a proxy in front does TLS");
    return;
  }
  const auto material = read_material(file);
  if (!material || material->certificates.empty()) {
    patient.fault("tls_files", file.string(),
                  material ? "no certificate in it" : material.error().message,
                  "name the chain in PEM, the server's own certificate first");
    return;
  }
  judge_key(patient, material->certificates.front());
  judge_tls_chain(patient, {"tls_files", file.string(), material->certificates,
                            host_of_url(patient.places().url), roots_of(patient)});
}

void check_served_tls(Examination& patient) {
  if (patient.options().offline || !patient.server) {
    return;  // check_server has said why
  }
  const std::string url = patient.public_url();
  if (!url.starts_with("https://")) {
    patient.fault("served_tls", url, "devices talk to their server over https only",
                  "put TLS in front, and start the server with that address as --url");
    return;
  }
  const auto shown =
      patient.session().surroundings().fetch_tls_chain(url, patient.session().flags().timeout);
  if (!shown) {
    patient.fault("served_tls", url, shown.error(),
                  "is this the address that leads to the server from here?");
    return;
  }
  ShownChain chain{"served_tls", url, {}, host_of_url(url), roots_of(patient)};
  for (const std::string& pem : *shown) {
    auto certificate = Certificate::from_pem(pem);
    if (!certificate) {
      patient.fault("served_tls", url, certificate.error(), "have the certificate issued anew");
      return;
    }
    chain.certificates.push_back(*std::move(certificate));
  }
  judge_tls_chain(patient, chain);
}

}  // namespace bramley
