#pragma once

#include <memory>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

// Seals what a reader of the database file must not learn. `context` is authenticated and not
// stored: it ties the sealed bytes to their place ("unlock_token/UDID"), so that they cannot be
// moved to another row. Safe to call from several threads.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual Result<Bytes> seal(ByteView plain, std::string_view context) const = 0;
  // unauthenticated: another key, another context, or damage.
  virtual Result<SecretBytes> open(ByteView sealed, std::string_view context) const = 0;
};

// What make_sealer's sealing adds to the plain bytes.
inline constexpr std::size_t sealing_overhead = 1 + 12 + 16;

// AES-256-GCM: version byte 1 | random 96-bit nonce | ciphertext | 16-byte tag. malformed: the key
// is not 32 bytes.
Result<std::shared_ptr<const Sealer>> make_sealer(SecretBytes key, std::shared_ptr<Random> random);

}  // namespace bramley
