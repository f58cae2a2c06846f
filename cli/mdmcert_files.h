#pragma once

#include <filesystem>

#include "cli/commands/csr.h"
#include "cli/session.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/private_key.h"

namespace bramley {

// The folder of one request to a signing service.
struct MdmcertFiles {
  explicit MdmcertFiles(const std::filesystem::path& folder)
      : directory(folder),
        push_key(folder / "push.key"),
        push_request(folder / "push.csr"),
        encryption_key(folder / "encrypt.key"),
        encryption_certificate(folder / "encrypt.pem") {}

  std::filesystem::path directory;
  std::filesystem::path push_key;                // stays for the push certificate
  std::filesystem::path push_request;            // what is to be signed
  std::filesystem::path encryption_key;          // opens the answer
  std::filesystem::path encryption_certificate;  // what the answer is encrypted for
};

struct MdmcertKeys {
  CertificateRequest request;
  Certificate encryption_certificate;
};

// Reads the folder, and makes what is missing in it: after a failure the same keys are used again,
// wherever it stopped. A key that is encrypted is opened with the passphrase; those that are made
// are not. conflict: what is there was made for another e-mail address, or does not belong
// together.
Result<MdmcertKeys> prepare_mdmcert_files(Session& session, const MdmcertFiles& files,
                                          const RequestSubject& subject,
                                          const SecretReference& passphrase);

}  // namespace bramley
