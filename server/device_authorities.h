#pragma once

#include <filesystem>
#include <vector>

#include "server/credentials/credential_source.h"

namespace bramley {

// Whose identities devices may come with: the SCEP CA, if there is one, and the certificates in the
// files of --device-ca (PEM, several in one). not_found: none at all. Errors name the file.
Result<std::vector<Certificate>> device_authorities(
    const CredentialSource& credentials, const std::vector<std::filesystem::path>& device_ca);

}  // namespace bramley
