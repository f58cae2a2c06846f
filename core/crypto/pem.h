#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

// One block of a PEM text (RFC 7468), decoded. It may hold a private key, hence the type.
struct PemBlock {
  std::string label;
  // The encryption headers of the legacy form (RFC 1421), else empty.
  std::string headers;
  SecretBytes content;
};

// Reads the blocks of a text one after another; whatever stands between them is skipped.
class PemReader {
 public:
  explicit PemReader(ByteView text) : bio_(read_only_bio(text)) {}

  // Empty at the end. malformed: a block begins and is damaged.
  Result<std::optional<PemBlock>> next();

 private:
  BioHandle bio_;
};

// Whether the text has anything that looks like PEM (if not, it may be DER).
bool looks_like_pem(ByteView content);

std::string write_pem(std::string_view label, ByteView der);

}  // namespace bramley
