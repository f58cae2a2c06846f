#pragma once

#include <filesystem>
#include <memory>

#include "core/crypto/local_certificate_authority.h"
#include "server/credentials/credential_text.h"

namespace bramley {

inline constexpr const char* scep_certificate_file = "scep-ca.pem";
inline constexpr const char* scep_key_file = "scep-ca.key";

// The SCEP CA from the environment, else from the directory (empty: no directory). Null: there is
// none. conflict: half a pair, a pair that does not match, an expired or a non-CA certificate.
Result<std::shared_ptr<LocalCertificateAuthority>> load_scep_authority(
    const std::filesystem::path& directory, const EnvironmentLookup& environment, Timestamp now);

}  // namespace bramley
