#pragma once

#include <filesystem>

#include "core/base/metrics.h"
#include "server/credentials/credential_source.h"

namespace bramley {

// bramley_certificate_expiry_timestamp_seconds{certificate,topic}: the push certificates in force
// ("push", with their topic), the SCEP CA's ("scep_ca") and the server's TLS certificate ("tls"; as
// its file has it; `tls_chain` is empty where there is none). `credentials` outlives `metrics`'
// readings.
void add_certificate_metrics(Metrics& metrics, const CredentialSource& credentials,
                             std::filesystem::path tls_chain);

}  // namespace bramley
