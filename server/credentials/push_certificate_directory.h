#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/secret_bytes.h"
#include "server/credentials/push_certificate_files.h"

namespace bramley {

// Whether a certificate of a topic that is not stored may come beside those that are.
enum class TopicChange { refuse, allow };

// A pair to be stored.
struct NewPushCertificate {
  PushIdentity identity;                                    // with its key
  std::optional<std::string> apple_account = std::nullopt;  // none: what was noted stays
};

// What storing a pair comes to.
struct PushCertificatePlan {
  PushFiles files;
  // Of the same topic, and in force until now.
  std::optional<PushIdentity> replaced = std::nullopt;
  std::optional<std::string> account_before = std::nullopt;  // none: nobody noted it
  std::string apple_account = {};                            // that is noted after it
  // The same pair is stored already: nothing but the account may change.
  bool unchanged = false;
};

// malformed: a topic that is no file name, or an account that is not one line of printable text of
// up to 320 bytes.
Status check_new_push_certificate(const NewPushCertificate& pair);

// What store_push_certificate would do, without doing it. Errors as there, but for those of
// writing.
Result<PushCertificatePlan> plan_push_certificate(const std::filesystem::path& directory,
                                                  const NewPushCertificate& pair,
                                                  TopicChange change);

// Writes the pair to DIRECTORY/push, which is made when it is missing: TOPIC.pem, TOPIC.key
// (PKCS#8, 0600) and TOPIC.account, or beside the file that holds the topic already. The pair in
// force before is kept as .previous. Writing the certificate is the one step that puts the new pair
// in force: whenever this is cut short, read_push_files gives the old pair or the new one. One
// writer at a time; another one waits. conflict: another topic is stored, and `change` is refuse.
// malformed: as check_new_push_certificate.
Result<PushCertificatePlan> store_push_certificate(const std::filesystem::path& directory,
                                                   const NewPushCertificate& pair,
                                                   TopicChange change);

}  // namespace bramley
