#include "core/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include "core/base/encoding.h"

namespace bramley {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      std::abort();  // no randomness: nothing we could do would be safe
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

std::string random_uuid(Random& random) {
  std::array<std::uint8_t, 16> raw{};
  random.fill(raw);
  raw[6] = static_cast<std::uint8_t>((raw[6] & 0x0FU) | 0x40U);
  raw[8] = static_cast<std::uint8_t>((raw[8] & 0x3FU) | 0x80U);
  std::string text = encode_hex(raw, HexCase::upper);
  for (const std::size_t position : {8U, 13U, 18U, 23U}) {
    text.insert(position, 1, '-');
  }
  return text;
}

std::string random_token(Random& random, std::size_t size) {
  return encode_base64url(random_bytes(random, size));
}

}  // namespace bramley
