#include "cli/mdmcert_files.h"

#include <system_error>

#include "cli/authority_files.h"
#include "cli/input.h"
#include "cli/key_files.h"
#include "cli/late_passphrase.h"
#include "core/crypto/local_certificate_authority.h"

namespace bramley {
namespace {

constexpr int key_bits = 2048;
constexpr std::size_t key_limit = 1U << 20U;
constexpr std::chrono::days encryption_lifetime(365);
constexpr std::chrono::days backdated(1);
constexpr std::string_view service_name = "mdmcert.download";

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The key of a file, made when there is none.
Result<PrivateKey> key_in(const std::filesystem::path& path, LatePassphrase& passphrase) {
  if (is_there(path)) {
    TRY_ASSIGN(Bytes bytes, read_input_file(path, key_limit));
    const SecretBytes content(std::move(bytes));
    TRY_ASSIGN(KeyMaterial material,
               read_key_material_of(path.string(), content.reveal(), passphrase));
    if (material.keys.empty()) {
      return Error{ErrorCode::malformed, path.string() + ": no private key in it",
                   "name another --dir, in which the keys are made"};
    }
    return std::move(material.keys.front());
  }
  TRY_ASSIGN(PrivateKey key, PrivateKey::generate_rsa(key_bits));
  TRY(write_new_key_file(path, key));
  return key;
}

Result<CertificateRequest> request_in(const MdmcertFiles& files, const RequestSubject& subject,
                                      LatePassphrase& passphrase) {
  TRY_ASSIGN(const PrivateKey key, key_in(files.push_key, passphrase));
  if (!is_there(files.push_request)) {
    TRY_ASSIGN(const RequestTerms terms, request_terms(subject));
    TRY_ASSIGN(CertificateRequest request, make_certificate_request(key, terms));
    TRY(write_file(files.push_request, as_bytes(request.pem()), FileMode::shared,
                   Overwrite::refuse));
    return request;
  }
  TRY_ASSIGN(CertificateRequest request, read_request_file(files.push_request));
  if (request.public_key_der() != key.public_key_der()) {
    return Error{ErrorCode::conflict,
                 files.push_request.string() + " does not belong to " + files.push_key.string(),
                 "name another folder with --dir, or take the two apart"};
  }
  const auto email = request.email_address();
  if (email && *email != subject.email) {
    return Error{ErrorCode::conflict, files.directory.string() + " holds a request for " + *email,
                 "give that address, or another --dir"};
  }
  return request;
}

Result<Certificate> encryption_certificate_in(Session& session, const MdmcertFiles& files,
                                              LatePassphrase& passphrase) {
  TRY_ASSIGN(const PrivateKey key, key_in(files.encryption_key, passphrase));
  const Timestamp now = session.clock().now();
  Overwrite overwrite = Overwrite::refuse;
  if (is_there(files.encryption_certificate)) {
    TRY_ASSIGN(Certificate certificate, read_certificate_file(files.encryption_certificate));
    if (!key.matches(certificate)) {
      return Error{ErrorCode::conflict,
                   files.encryption_certificate.string() + " does not belong to " +
                       files.encryption_key.string(),
                   "name another folder with --dir, or take the two apart"};
    }
    if (certificate.is_valid_at(now)) {
      return certificate;
    }
    // Of no use to anybody any more: a new one for the same key takes its place.
    overwrite = Overwrite::replace;
  }
  SelfSignedTerms terms;
  terms.subject = {{"CN", std::string(service_name)}};
  terms.not_before = now - backdated;
  terms.not_after = now + encryption_lifetime;
  terms.host_names = {std::string(service_name)};
  TRY_ASSIGN(Certificate certificate, make_self_signed(key, terms, session.random()));
  TRY(write_file(files.encryption_certificate, as_bytes(certificate.pem()), FileMode::shared,
                 overwrite));
  return certificate;
}

}  // namespace

Result<MdmcertKeys> prepare_mdmcert_files(Session& session, const MdmcertFiles& files,
                                          const RequestSubject& subject,
                                          const SecretReference& reference) {
  LatePassphrase passphrase(session, reference);
  TRY(make_private_directory(files.directory));
  if (is_there(files.push_key)) {
    session.note("using the keys in " + files.directory.string());
  }
  TRY_ASSIGN(CertificateRequest request, request_in(files, subject, passphrase));
  TRY_ASSIGN(Certificate certificate, encryption_certificate_in(session, files, passphrase));
  return MdmcertKeys{std::move(request), std::move(certificate)};
}

}  // namespace bramley
