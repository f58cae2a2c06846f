#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// HOST:PORT of --listen: a numeric address, or "localhost" (127.0.0.1), or nothing before the colon
// (every address); IPv6 in brackets.
struct EndpointAddress {
  std::string address;
  std::uint16_t port = 0;

  // malformed, with a hint.
  static Result<EndpointAddress> parse(std::string_view text);
  [[nodiscard]] bool is_loopback() const;
};

}  // namespace bramley
