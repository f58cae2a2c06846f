#pragma once

#include <optional>
#include <string>

#include "cli/session.h"
#include "core/crypto/key_material.h"

namespace bramley {

// The passphrase of files, of which it is not known beforehand whether they need one: it is read,
// or asked for, when the first of them does, and then kept.
class LatePassphrase {
 public:
  LatePassphrase(Session& session, const SecretReference& reference)
      : session_(session), reference_(reference) {}

  // Borrowed. malformed: none was given, and nobody can be asked; `file` is what needs it.
  Result<const SecretBytes*> get(const std::string& file);

 private:
  Session& session_;
  const SecretReference& reference_;
  std::optional<SecretBytes> secret_;
};

// As read_key_material, with the passphrase where it takes one; errors name the file.
Result<KeyMaterial> read_key_material_of(const std::string& file, ByteView content,
                                         LatePassphrase& passphrase);

}  // namespace bramley
