#include "cli/late_passphrase.h"

namespace bramley {

Result<const SecretBytes*> LatePassphrase::get(const std::string& file) {
  if (!secret_) {
    auto secret = session_.secret(reference_, "--passphrase", "Passphrase of " + file);
    if (!secret) {
      return std::move(secret)
          .error()
          .while_doing(file + " is encrypted")
          .with_hint("give it with --passphrase @FILE, env:NAME, fd:N or -");
    }
    secret_ = *std::move(secret);
  }
  return &*secret_;
}

Result<KeyMaterial> read_key_material_of(const std::string& file, ByteView content,
                                         LatePassphrase& passphrase) {
  auto material = read_key_material(content);
  if (!material && material.error().code == ErrorCode::unauthenticated) {
    TRY_ASSIGN(const SecretBytes* secret, passphrase.get(file));
    material = read_key_material(content, secret);
  }
  if (!material) {
    Error error = std::move(material).error();
    if (error.hint.empty()) {
      error.hint = error.code == ErrorCode::unauthenticated
                       ? "is it the passphrase of another file? --passphrase names the right one"
                       : "PEM, DER, PKCS#7 and PKCS#12 are read; 'openssl asn1parse' shows what "
                         "else it may be";
    }
    return std::move(error).while_doing(file);
  }
  return material;
}

}  // namespace bramley
