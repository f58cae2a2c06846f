#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/credentials/credential_text.h"
#include "server/credentials/push_identity.h"

namespace bramley {

enum class CredentialOrigin { environment, directory };

inline constexpr const char* push_folder = "push";
inline constexpr const char* push_certificate_variable = "BRAMLEY_PUSH_CERT";

// The files of one push certificate: STEM.pem, STEM.key (0600) and STEM.account, and what the last
// import replaced.
struct PushFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path account;
  std::filesystem::path previous_certificate;
  std::filesystem::path previous_key;

  // `certificate`: …/STEM.pem
  static PushFiles of(const std::filesystem::path& certificate);
};

// One place where push certificates may be, and what was found there.
struct PushCertificatePlace {
  CredentialOrigin origin = CredentialOrigin::directory;
  std::string location;             // "push/TOPIC.pem" below the directory, or the variable's name
  std::filesystem::path file = {};  // directory only
  std::string apple_account = {};   // empty: nobody noted it
  Result<std::vector<PushIdentity>> content;  // a file holds exactly one
};

// The pair of STEM.pem. Its key is the one that belongs to the certificate, of STEM.key or else of
// STEM.key.previous: an import that is cut short between its two files leaves the old pair in
// force. malformed: unreadable, or no push certificate; conflict: several in one file, or only keys
// that are not its own. Without any key it is still the certificate of a topic.
Result<PushIdentity> read_push_files(const PushFiles& files);

// The environment (BRAMLEY_PUSH_CERT and BRAMLEY_PUSH_KEY, each one or several in PEM) if it is
// set, then DIRECTORY/push/*.pem by name. An empty directory: environment only; one that is not
// there holds none. Fails only when the directory cannot be listed.
Result<std::vector<PushCertificatePlace>> find_push_certificates(
    const std::filesystem::path& directory, const EnvironmentLookup& environment);

}  // namespace bramley
