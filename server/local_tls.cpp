#include "server/local_tls.h"

#include "core/base/file.h"
#include "core/crypto/local_certificate_authority.h"

namespace bramley {
namespace {

constexpr std::chrono::days lifetime(
    825);  // the longest that Apple's TLS accepts for a private root's leaf
constexpr std::chrono::days renew_before(30);

bool is_usable(const TlsFiles& files, Timestamp now) {
  const auto text = read_file(files.certificate_chain);
  if (!text || !read_secret_file(files.key)) {
    return false;
  }
  const auto certificate = Certificate::from_file_content(*text);
  return certificate && now + renew_before < certificate->not_after();
}

}  // namespace

Result<LocalTls> local_tls(const std::filesystem::path& directory, const Clock& clock,
                           Random& random) {
  LocalTls tls{{directory / "server.pem", directory / "server.key"}, false};
  const Timestamp now = clock.now();
  if (is_usable(tls.files, now)) {
    return tls;
  }
  TRY(make_private_directory(directory));
  TRY_ASSIGN(const auto key, PrivateKey::generate_rsa(2048));
  SelfSignedTerms terms;
  terms.subject = {{"CN", "localhost"}, {"O", "Bramley on this machine"}};
  terms.not_before = now - std::chrono::hours(1);
  terms.not_after = terms.not_before + lifetime;
  terms.host_names = {"localhost", "127.0.0.1", "::1"};
  TRY_ASSIGN(const auto certificate, make_self_signed(key, terms, random));
  TRY_ASSIGN(const auto key_pem, key.to_pem());
  TRY(write_file(tls.files.key, key_pem.reveal(), FileMode::secret, Overwrite::replace));
  TRY(write_file(tls.files.certificate_chain, as_bytes(certificate.pem()), FileMode::shared,
                 Overwrite::replace));
  tls.made = true;
  return tls;
}

}  // namespace bramley
