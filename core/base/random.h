#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/bytes.h"

namespace bramley {

// A source of unpredictable bytes. Implementations are safe to call from several threads.
class Random {
 public:
  virtual ~Random() = default;
  // Fills all of `out`. Cannot fail: a machine without randomness ends the process.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// The kernel's generator (getrandom(2)).
class SystemRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

Bytes random_bytes(Random& random, std::size_t size);

// A random (version 4) UUID in upper case, as Apple writes them (RFC 9562 §5.4).
std::string random_uuid(Random& random);

// `size` random bytes in URL-safe base64 without padding: tokens, challenges, API keys.
std::string random_token(Random& random, std::size_t size);

}  // namespace bramley
