#pragma once

#include <filesystem>

#include "cli/session.h"
#include "core/base/file.h"
#include "core/crypto/local_certificate_authority.h"

namespace bramley {

// Where a CA is: its two files, or the credentials directory of a server that holds them under the
// names that the server knows.
struct AuthorityFiles {
  std::filesystem::path directory;
  std::filesystem::path certificate;
  std::filesystem::path key;

  // The two files. malformed: neither the directory nor both files, or the directory and a file.
  // `flags`: how the two are called ("--cert-out and --key-out").
  [[nodiscard]] Result<AuthorityFiles> resolved(std::string_view flags) const;
};

// conflict: one of the files exists, and is not to be overwritten.
Status check_new_authority_files(const AuthorityFiles& files, Overwrite overwrite);
// The key first (0600): a certificate without its key would stop a server's next start.
Status write_authority_files(Session& session, const AuthorityFiles& files,
                             const NewAuthority& authority, Overwrite overwrite);

// A certificate and its new key, as PEM; the key first. After an error neither is left behind, but
// what --force replaced stays replaced.
struct NewPair {
  std::filesystem::path certificate_file;
  std::string certificate;
  std::filesystem::path key_file;
  SecretBytes key;
};
Status write_pair(Session& session, const NewPair& pair, Overwrite overwrite);
// malformed: one file for both.
Status check_pair(const std::filesystem::path& certificate, const std::filesystem::path& key);

Result<Certificate> read_certificate_file(const std::filesystem::path& path);
Result<LocalCertificateAuthority> read_authority_files(const AuthorityFiles& files,
                                                       const SecretBytes* passphrase);

}  // namespace bramley
