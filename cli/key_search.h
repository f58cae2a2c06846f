#pragma once

#include <filesystem>
#include <vector>

#include "cli/late_passphrase.h"

namespace bramley {

// Finds the private key of a certificate among the files of folders (not of folders below), by its
// public part: whatever its file is called, and in every form that read_key_material knows. Files
// of more than 64 KiB and those that hold no key are passed over. Encrypted ones are tried last,
// and the passphrase is asked for only then. unavailable: a folder cannot be listed. malformed,
// with a hint: none of the files is it.
Result<PrivateKey> find_key_of(const Certificate& certificate,
                               const std::vector<std::filesystem::path>& folders,
                               LatePassphrase& passphrase);

}  // namespace bramley
