#include "server/certificate_metrics.h"

#include "core/base/file.h"

namespace bramley {
namespace {

MetricSample expiry(const char* kind, std::string topic, const Certificate& certificate) {
  return {{{"certificate", kind}, {"topic", std::move(topic)}},
          static_cast<double>(certificate.not_after().time_since_epoch().count())};
}

std::vector<MetricSample> expiries(const CredentialSource& credentials,
                                   const std::filesystem::path& tls_chain) {
  std::vector<MetricSample> samples;
  for (const PushCertificate& push : credentials.push_certificates()) {
    samples.push_back(expiry("push", push.topic, push.certificate));
  }
  if (const auto authority = credentials.scep_authority()) {
    samples.push_back(expiry("scep_ca", "", authority->certificate()));
  }
  if (tls_chain.empty()) {
    return samples;
  }
  if (const auto text = read_file(tls_chain)) {
    // The server's own comes first.
    const auto chain = Certificate::all_from_pem(as_text(*text));
    if (chain && !chain->empty()) {
      samples.push_back(expiry("tls", "", chain->front()));
    }
  }
  return samples;
}

}  // namespace

void add_certificate_metrics(Metrics& metrics, const CredentialSource& credentials,
                             std::filesystem::path tls_chain) {
  metrics.source(Metrics::Kind::gauge,
                 {"bramley_certificate_expiry_timestamp_seconds",
                  "When certificates expire, in seconds since 1970."},
                 [&credentials, tls_chain = std::move(tls_chain)] {
                   return expiries(credentials, tls_chain);
                 });
}

}  // namespace bramley
