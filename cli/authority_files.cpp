#include "cli/authority_files.h"

#include "cli/input.h"
#include "cli/output_file.h"
#include "server/credentials/scep_authority_files.h"

namespace bramley {
namespace {

constexpr std::size_t pem_limit = 1U << 20U;

}  // namespace

Result<AuthorityFiles> AuthorityFiles::resolved(std::string_view flags) const {
  const bool any_file = !certificate.empty() || !key.empty();
  if (directory.empty() == !any_file || (any_file && (certificate.empty() || key.empty()))) {
    return Error{ErrorCode::malformed,
                 "give either --credentials-dir or both " + std::string(flags)};
  }
  if (any_file) {
    return *this;
  }
  return AuthorityFiles{directory, directory / scep_certificate_file, directory / scep_key_file};
}

Status check_new_authority_files(const AuthorityFiles& files, Overwrite overwrite) {
  for (const auto& path : {files.certificate, files.key}) {
    if (auto free = check_output_file(path, overwrite); !free) {
      return std::move(free).error().with_hint(
          "--force replaces it: devices that enrolled with the old CA would be lost");
    }
  }
  return {};
}

Status check_pair(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const auto whole = [](const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored);
  };
  const bool are_files = !key.empty() && key != "-" && !certificate.empty() && certificate != "-";
  if (are_files && whole(certificate) == whole(key)) {
    return Error{ErrorCode::malformed,
                 "the certificate and its key need a file each, not both " + certificate.string()};
  }
  return {};
}

Status write_pair(Session& session, const NewPair& pair, Overwrite overwrite) {
  TRY(write_output_file(session, pair.key_file, pair.key.reveal(), FileMode::secret, overwrite));
  Status status = write_output_file(session, pair.certificate_file, as_bytes(pair.certificate),
                                    FileMode::shared, overwrite);
  std::error_code ignored;
  if (!status && overwrite == Overwrite::refuse &&
      std::filesystem::is_regular_file(pair.key_file, ignored)) {
    std::filesystem::remove(pair.key_file, ignored);
  }
  return status;
}

Status write_authority_files(Session& session, const AuthorityFiles& files,
                             const NewAuthority& authority, Overwrite overwrite) {
  if (!files.directory.empty()) {
    TRY(make_private_directory(files.directory));
  }
  TRY(check_new_authority_files(files, overwrite));
  TRY_ASSIGN(SecretBytes key, authority.key.to_pem());
  return write_pair(session,
                    {files.certificate, authority.certificate.pem(), files.key, std::move(key)},
                    overwrite);
}

Result<Certificate> read_certificate_file(const std::filesystem::path& path) {
  TRY_ASSIGN(const Bytes content, read_input_file(path, pem_limit));
  auto certificate = Certificate::from_file_content(content);
  if (!certificate) {
    return std::move(certificate).error().while_doing(path.string());
  }
  return certificate;
}

Result<LocalCertificateAuthority> read_authority_files(const AuthorityFiles& files,
                                                       const SecretBytes* passphrase) {
  TRY_ASSIGN(Certificate certificate, read_certificate_file(files.certificate));
  TRY_ASSIGN(Bytes content, read_input_file(files.key, pem_limit));
  const SecretBytes text(std::move(content));
  auto key = PrivateKey::from_file_content(text.reveal(), passphrase);
  if (!key) {
    return std::move(key).error().while_doing(files.key.string());
  }
  return LocalCertificateAuthority::load(std::move(certificate), *std::move(key));
}

}  // namespace bramley
