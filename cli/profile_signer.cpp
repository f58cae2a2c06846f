#include "cli/profile_signer.h"

#include <algorithm>

#include "cli/command_tree.h"
#include "cli/input.h"
#include "core/crypto/certificate_chain.h"
#include "core/crypto/key_material.h"
#include "core/mdm/profile_document.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::size_t file_limit = 1U << 20U;

// Asks for the passphrase only when the file turns out to need one.
Result<KeyMaterial> read_file_of(Session& session, const ProfileSignerFiles& files,
                                 const std::filesystem::path& path) {
  TRY_ASSIGN(Bytes content, read_input_file(path, file_limit));
  const SecretBytes text(std::move(content));
  auto material = read_key_material(text.reveal());
  if (!material && material.error().code == ErrorCode::unauthenticated) {
    TRY_ASSIGN(const SecretBytes passphrase,
               session.secret(files.passphrase, "--passphrase", "Passphrase of " + path.string()));
    material = read_key_material(text.reveal(), &passphrase);
  }
  if (!material) {
    return std::move(material).error().while_doing(path.string());
  }
  return material;
}

struct Pair {
  Certificate certificate;
  PrivateKey key;
};

Result<Pair> matching_pair(const std::vector<Certificate>& certificates,
                           const std::vector<PrivateKey>& keys, const ProfileSignerFiles& files) {
  for (const PrivateKey& key : keys) {
    for (const Certificate& certificate : certificates) {
      if (key.matches(certificate)) {
        return Pair{certificate, key};
      }
    }
  }
  const auto& key_file = files.key.empty() ? files.certificate : files.key;
  if (certificates.empty()) {
    return Error{ErrorCode::malformed, files.certificate.string() + ": no certificate in it"};
  }
  if (keys.empty()) {
    return Error{ErrorCode::malformed, key_file.string() + ": no private key in it",
                 "name the file with the key with --sign-key"};
  }
  return Error{ErrorCode::conflict,
               key_file.string() + ": the key does not belong to " + certificates.front().subject(),
               "the key is the one that the certificate's request was made with"};
}

Status check_dates(const Certificate& certificate, Timestamp now) {
  if (now > certificate.not_after()) {
    return Error{ErrorCode::malformed,
                 certificate.subject() + ": expired on " + format_rfc3339(certificate.not_after()),
                 "devices would show the profile as not verified: renew the certificate"};
  }
  if (now < certificate.not_before()) {
    return Error{
        ErrorCode::malformed,
        certificate.subject() + ": not valid before " + format_rfc3339(certificate.not_before()),
        "check this machine's clock"};
  }
  return {};
}

}  // namespace

void add_signer_flags(CommandNode& node, ProfileSignerFiles& files, SignerFlags need) {
  node.flag(
      {.name = "sign-cert",
       .value = "FILE",
       .help = "Sign with this certificate; its chain may stand in the file too",
       .need = need == SignerFlags::required ? FlagSpec::Need::required : FlagSpec::Need::optional},
      files.certificate);
  node.flag({.name = "sign-key",
             .value = "FILE",
             .help = "The key of that certificate",
             .default_text = "in the certificate's file"},
            files.key);
  node.flag({.name = "passphrase", .value = "REF", .help = "Of the key, when it is encrypted"},
            files.passphrase);
}

Status check_signer_flags(const ProfileSignerFiles& files) {
  if (!files.is_given() && (!files.key.empty() || files.passphrase.is_given())) {
    return Error{ErrorCode::malformed, "--sign-key and --passphrase need --sign-cert"};
  }
  return {};
}

Result<ProfileSigner> load_profile_signer(Session& session, const ProfileSignerFiles& files) {
  TRY_ASSIGN(KeyMaterial material, read_file_of(session, files, files.certificate));
  if (!files.key.empty()) {
    TRY_ASSIGN(KeyMaterial apart, read_file_of(session, files, files.key));
    material.keys = std::move(apart.keys);
  }
  TRY_ASSIGN(Pair pair, matching_pair(material.certificates, material.keys, files));
  TRY(check_dates(pair.certificate, session.clock().now()));
  auto chain = chain_from(pair.certificate, material.certificates);
  chain.erase(chain.begin());
  if (chain.empty() && !is_self_signed(pair.certificate)) {
    session.warn(files.certificate.string() + " has no certificate of the issuer (" +
                 pair.certificate.issuer() +
                 "): devices that do not have it show the profile as not verified");
  }
  return ProfileSigner{std::move(pair.certificate), std::move(chain), std::move(pair.key)};
}

Result<Bytes> sign_profile(Session& session, const ProfileSigner& signer, ByteView profile) {
  TRY_ASSIGN(const auto document, open_profile(profile));
  TRY_ASSIGN(const auto tree, parse_plist_dictionary(document.content));
  const PlistValue* const type = tree.find("PayloadType");
  if (type == nullptr || *type != PlistValue("Configuration")) {
    return Error{ErrorCode::malformed, "this is no configuration profile",
                 "its outermost PayloadType is Configuration"};
  }
  if (document.signature) {
    session.note("the signature of " + document.signature->signer().subject() +
                 " is taken off and replaced");
  }
  SigningTerms terms;
  terms.certificates = signer.chain;
  terms.signing_time = session.clock().now();
  return sign_message(document.content, signer.certificate, signer.key, terms);
}

}  // namespace bramley
