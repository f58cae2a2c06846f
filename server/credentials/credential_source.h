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

namespace bramley {

// The public side of a push certificate; the key stays with whoever pushes.
struct PushCertificate {
  std::string topic;
  Certificate certificate;
};

// Apple's credentials and ours: from the environment first, then from files in the credentials
// directory. Never from or to the database.
//
//   scep-ca.pem, scep-ca.key          the SCEP CA          BRAMLEY_SCEP_CA_CERT,
//   BRAMLEY_SCEP_CA_KEY   (the text, or @FILE) push/TOPIC.pem, push/TOPIC.key    push certificates
//   BRAMLEY_PUSH_CERT, BRAMLEY_PUSH_KEY data.key                          32 bytes in base64
//   BRAMLEY_DATA_KEY                            seals device secrets
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Null: there is none.
  virtual std::shared_ptr<LocalCertificateAuthority> scep_authority() const = 0;
  // Sorted by topic. May be empty: profiles then cannot be made without --allow-empty-topic.
  virtual std::vector<PushCertificate> push_certificates() const = 0;
  // Looks at the files again; keeps the old ones, and says why in the log, when the new ones are
  // bad. A change of the SCEP CA is said too; it counts from the next start.
  virtual void reload() = 0;
};

struct CredentialOptions {
  // Empty: environment only.
  std::filesystem::path directory;
  // Looks up an environment variable; nullptr when unset. A seam for tests.
  std::function<const char*(const char*)> environment;
};
// conflict: a key that does not match its certificate, a CA that is expired or not one; malformed:
// unreadable. Names the file or the variable, and hints.
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
