#include "server/credentials/scep_authority_files.h"

#include "core/base/file.h"

namespace bramley {
namespace {

// The two halves of the CA as they were found, with what to call them in a message.
struct AuthorityText {
  SecretBytes certificate;
  SecretBytes key;
  std::string certificate_name;
  std::string key_name;
};

Result<std::optional<AuthorityText>> text_from_environment(const EnvironmentLookup& environment) {
  TRY_ASSIGN(auto certificate, credential_from_environment(environment, "BRAMLEY_SCEP_CA_CERT"));
  TRY_ASSIGN(auto key, credential_from_environment(environment, "BRAMLEY_SCEP_CA_KEY"));
  if (certificate.has_value() != key.has_value()) {
    return Error{ErrorCode::conflict,
                 "read the SCEP CA: only one of BRAMLEY_SCEP_CA_CERT and "
                 "BRAMLEY_SCEP_CA_KEY is set",
                 "set both, or neither to use the files of --credentials-dir"};
  }
  if (!certificate) {
    return std::optional<AuthorityText>();
  }
  return std::optional<AuthorityText>(AuthorityText{*std::move(certificate), *std::move(key),
                                                    "BRAMLEY_SCEP_CA_CERT", "BRAMLEY_SCEP_CA_KEY"});
}

Result<std::optional<AuthorityText>> text_from_directory(const std::filesystem::path& directory) {
  const auto certificate_file = directory / scep_certificate_file;
  const auto key_file = directory / scep_key_file;
  auto certificate = read_secret_file(certificate_file);
  auto key = read_secret_file(key_file);
  const auto missing = [](const Result<SecretBytes>& half) {
    return !half && half.error().code == ErrorCode::not_found;
  };
  if (missing(certificate) && missing(key)) {
    return std::optional<AuthorityText>();
  }
  for (auto* half : {&certificate, &key}) {
    if (!*half) {
      return std::move(*half)
          .error()
          .while_doing("read the SCEP CA")
          .with_hint("the certificate and its key belong together: restore both from your backup");
    }
  }
  return std::optional<AuthorityText>(AuthorityText{*std::move(certificate), *std::move(key),
                                                    certificate_file.string(), key_file.string()});
}

}  // namespace

Result<std::shared_ptr<LocalCertificateAuthority>> load_scep_authority(
    const std::filesystem::path& directory, const EnvironmentLookup& environment, Timestamp now) {
  TRY_ASSIGN(auto text, text_from_environment(environment));
  if (!text && !directory.empty()) {
    TRY_ASSIGN(text, text_from_directory(directory));
  }
  if (!text) {
    return std::shared_ptr<LocalCertificateAuthority>();
  }
  auto certificate = Certificate::from_file_content(text->certificate.reveal());
  if (!certificate) {
    return std::move(certificate)
        .error()
        .while_doing("read the SCEP CA: " + text->certificate_name)
        .with_hint("a certificate in PEM or DER is wanted there");
  }
  auto key = PrivateKey::from_file_content(text->key.reveal());
  if (!key) {
    return std::move(key)
        .error()
        .while_doing("read the SCEP CA: " + text->key_name)
        .with_hint(
            "a private key in PEM or DER is wanted there, and without a passphrase, for "
            "nobody could be asked (openssl pkey -in OLD -out NEW takes it off)");
  }
  if (now < certificate->not_before()) {
    return Error{ErrorCode::conflict,
                 "read the SCEP CA: " + text->certificate_name + ": not valid before " +
                     format_rfc3339(certificate->not_before()),
                 "check this machine's clock"};
  }
  if (now >= certificate->not_after()) {
    return Error{ErrorCode::conflict,
                 "read the SCEP CA: " + text->certificate_name + ": expired on " +
                     format_rfc3339(certificate->not_after()),
                 "devices no longer accept it: make a new one with 'bramley ca init' and enroll "
                 "again, or renew it with the same key"};
  }
  auto authority = LocalCertificateAuthority::load(*std::move(certificate), *std::move(key));
  if (!authority) {
    return std::move(authority)
        .error()
        .while_doing("read the SCEP CA: " + text->certificate_name)
        .with_hint("the key is in " + text->key_name +
                   ": restore the pair that belongs together, or make one with 'bramley ca init'");
  }
  return std::make_shared<LocalCertificateAuthority>(*std::move(authority));
}

Status create_scep_authority(const std::filesystem::path& directory, const AuthorityTerms& terms,
                             Random& random) {
  TRY(make_private_directory(directory));
  std::error_code ignored;
  for (const auto* name : {scep_certificate_file, scep_key_file}) {
    if (std::filesystem::exists(directory / name, ignored)) {
      return Error{ErrorCode::conflict,
                   "make a SCEP CA: " + (directory / name).string() + ": the file exists",
                   "a new CA would lose every enrolled device: move the old one away if you are "
                   "sure"};
    }
  }
  TRY_ASSIGN(const auto made, make_certificate_authority(terms, random));
  TRY_ASSIGN(const auto key, made.key.to_pem());
  // The key first: a certificate without its key would stop the next start.
  TRY(write_file(directory / scep_key_file, key.reveal(), FileMode::secret, Overwrite::refuse));
  Status status = write_file(directory / scep_certificate_file, as_bytes(made.certificate.pem()),
                             FileMode::shared, Overwrite::refuse);
  if (!status) {
    std::filesystem::remove(directory / scep_key_file, ignored);
  }
  return status;
}

}  // namespace bramley
