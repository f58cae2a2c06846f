#include "cli/key_files.h"

#include "cli/input.h"
#include "cli/output_file.h"

namespace bramley {
namespace {

constexpr std::size_t file_limit = 1U << 20U;

}  // namespace

Result<KeyMaterial> read_material_file(const std::filesystem::path& path,
                                       const SecretBytes* passphrase) {
  TRY_ASSIGN(Bytes bytes, read_input(path.string(), file_limit));
  const SecretBytes content(std::move(bytes));
  auto material = read_key_material(content.reveal(), passphrase);
  if (!material) {
    Error error = std::move(material).error();
    if (error.code == ErrorCode::unauthenticated && error.hint.empty()) {
      error.hint = passphrase == nullptr
                       ? "--passphrase @FILE or env:NAME says where the passphrase is"
                       : "is it the passphrase of another file? --passphrase names the right one";
    }
    return std::move(error).while_doing(path.string());
  }
  return material;
}

Result<PrivateKey> read_key_file(const std::filesystem::path& path, const SecretBytes* passphrase) {
  TRY_ASSIGN(KeyMaterial material, read_material_file(path, passphrase));
  if (material.keys.empty()) {
    return Error{ErrorCode::malformed, path.string() + ": no private key in it",
                 "it is the file that was made together with the certificate's request"};
  }
  return std::move(material.keys.front());
}

Result<CertificateRequest> read_request_file(const std::filesystem::path& path) {
  TRY_ASSIGN(KeyMaterial material, read_material_file(path));
  if (material.requests.empty()) {
    return Error{ErrorCode::malformed, path.string() + ": no certificate request in it",
                 "a request begins with -----BEGIN CERTIFICATE REQUEST-----: 'bramley csr push' "
                 "makes one"};
  }
  return std::move(material.requests.front());
}

Status check_new_key_file(const std::filesystem::path& path) {
  if (path == "-") {
    return Error{ErrorCode::malformed, "a key is not written to standard output",
                 "name a file: it gets mode 0600"};
  }
  if (auto free = check_output_file(path, Overwrite::refuse); !free) {
    return std::move(free).error().with_hint(
        "a certificate may depend on that key, so it is never overwritten: choose another name");
  }
  return {};
}

Status write_new_key_file(const std::filesystem::path& path, const PrivateKey& key,
                          const SecretBytes* passphrase) {
  TRY(check_new_key_file(path));
  TRY_ASSIGN(const SecretBytes pem, key.to_pem(passphrase));
  auto written = write_file(path, pem.reveal(), FileMode::secret, Overwrite::refuse);
  if (!written) {
    return std::move(written).error().while_doing("write the key");
  }
  return {};
}

Result<std::optional<SecretBytes>> optional_passphrase(Session& session,
                                                       const SecretReference& reference) {
  std::optional<SecretBytes> passphrase;
  if (reference.is_given()) {
    TRY_ASSIGN(passphrase, session.secret(reference, "--passphrase", "Passphrase"));
  }
  return passphrase;
}

}  // namespace bramley
