#pragma once

#include <filesystem>
#include <vector>

#include "cli/session.h"
#include "core/crypto/private_key.h"

namespace bramley {

class CommandNode;

// Where the certificate that signs profiles is, with its key and its chain, in whatever form.
struct ProfileSignerFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;  // empty: in the same file
  SecretReference passphrase;

  [[nodiscard]] bool is_given() const { return !certificate.empty(); }
};
// --sign-cert, --sign-key and --passphrase.
enum class SignerFlags { optional, required };
void add_signer_flags(CommandNode& node, ProfileSignerFiles& files, SignerFlags need);
// malformed: a key or a passphrase without a certificate.
Status check_signer_flags(const ProfileSignerFiles& files);

struct ProfileSigner {
  Certificate certificate;
  std::vector<Certificate> chain;  // above it, as far as the file has them
  PrivateKey key;
};
// The certificate that the key belongs to, valid now. conflict: the key is no certificate's;
// malformed: expired, or unreadable. Asks for a passphrase when one is missing, and warns when the
// chain is.
Result<ProfileSigner> load_profile_signer(Session& session, const ProfileSignerFiles& files);

// CMS in DER around the profile as it is, with SHA-256, the chain and the time. A signature that is
// there already, and holds, is replaced. malformed: no profile.
Result<Bytes> sign_profile(Session& session, const ProfileSigner& signer, ByteView profile);

}  // namespace bramley
