#pragma once

#include <filesystem>
#include <optional>

#include "cli/secret_reference.h"
#include "cli/session.h"
#include "core/crypto/key_material.h"

namespace bramley {

// Certificates, keys and requests in any form (core/crypto/key_material.h); errors name the file.
// `path` "-": standard input.
Result<KeyMaterial> read_material_file(const std::filesystem::path& path,
                                       const SecretBytes* passphrase = nullptr);

// The first of its kind. malformed: the file holds none.
Result<PrivateKey> read_key_file(const std::filesystem::path& path,
                                 const SecretBytes* passphrase = nullptr);
Result<CertificateRequest> read_request_file(const std::filesystem::path& path);

// malformed: "-". conflict: there is such a file. A key is never overwritten, with no flag
// whatever: a certificate may depend on it.
Status check_new_key_file(const std::filesystem::path& path);
// PKCS#8 in PEM, 0600; encrypted when there is a passphrase.
Status write_new_key_file(const std::filesystem::path& path, const PrivateKey& key,
                          const SecretBytes* passphrase = nullptr);

// The passphrase that a flag names; none when it was not given.
Result<std::optional<SecretBytes>> optional_passphrase(Session& session,
                                                       const SecretReference& reference);

}  // namespace bramley
