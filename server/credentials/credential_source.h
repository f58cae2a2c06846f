#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/crypto/local_certificate_authority.h"
#include "server/credentials/push_certificate_files.h"

namespace bramley {

// The public side of a push certificate; the key stays with whoever pushes.
struct PushCertificate {
  std::string topic;
  Certificate certificate;
};

// What an administrator may know of a place where push certificates are: never a private part.
struct PushCertificateState {
  // The one in force; none: the place never held one that could be used.
  std::optional<PushCertificate> certificate;
  CredentialOrigin origin = CredentialOrigin::directory;
  std::string location;  // "push/TOPIC.pem" below the directory, or the variable's name
  std::string apple_account = {};
  // Why it cannot push, or why what now stands in its place was refused; empty: all is well.
  std::string fault = {};
};

// Apple's credentials and ours: from the environment first (the text, or @FILE), then from files in
// the credentials directory. Never from or to the database.
//
//   the SCEP CA         BRAMLEY_SCEP_CA_CERT, BRAMLEY_SCEP_CA_KEY; scep-ca.pem, scep-ca.key
//   push certificates   BRAMLEY_PUSH_CERT, BRAMLEY_PUSH_KEY; push/TOPIC.pem, push/TOPIC.key, and
//   the
//                       Apple Account in push/TOPIC.account
//   seals device secrets: 32 bytes in base64     BRAMLEY_DATA_KEY; data.key
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Null: there is none.
  virtual std::shared_ptr<LocalCertificateAuthority> scep_authority() const = 0;
  // Those in force, sorted by topic. May be empty: profiles then cannot be made without
  // --allow-empty-topic.
  virtual std::vector<PushCertificate> push_certificates() const = 0;
  // The same with where they come from and what is wrong, and the places that hold none to use.
  virtual std::vector<PushCertificateState> push_certificate_states() const = 0;
  // The key of a certificate in force; none: no such topic, or its key is missing.
  virtual std::optional<PrivateKey> push_key(std::string_view topic) const = 0;
  // Looks at the files again. Where a new push certificate is bad the old pair stays in force; why
  // is in the log, once, and in push_certificate_states(). The SCEP CA's certificate may be renewed
  // with the same name and key; any other change of the CA is said, and counts from the next start.
  virtual void reload() = 0;
};

struct CredentialOptions {
  // Empty: environment only.
  std::filesystem::path directory;
  // Looks up an environment variable; nullptr when unset. A seam for tests.
  std::function<const char*(const char*)> environment;
};
// conflict: a key that does not match its certificate, two files of one topic, a CA that is expired
// or not one; malformed: unreadable. Names the file or the variable, and hints. A push certificate
// that has expired or has no key is no error: devices can still talk.
Result<std::unique_ptr<CredentialSource>> load_credentials(CredentialOptions options,
                                                           const Clock& clock, Log& log);

// The key for device secrets; made (0600) in the directory when it is missing there and `create` is
// set. not_found: none, and not made.
enum class CreateMissing { no, yes };
Result<SecretBytes> load_data_key(const CredentialOptions& options, CreateMissing create,
                                  Random& random);

// Writes a fresh SCEP CA into the directory. conflict: there is one already.
Status create_scep_authority(const std::filesystem::path& directory, const AuthorityTerms& terms,
                             Random& random);

}  // namespace bramley
