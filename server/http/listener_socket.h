#pragma once

// Private to the listener.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// An address and port as people write them: "127.0.0.1:8443", "[::1]:8443".
std::string endpoint_text(std::string_view address, std::uint16_t port);

// A listening TCP socket, non-blocking; the caller closes it. The address is numeric ("localhost"
// is 127.0.0.1); "::" takes IPv4 too. conflict: in use. forbidden: a privileged port. malformed:
// not an address, or none of this machine.
Result<int> listen_on(const std::string& address, std::uint16_t port);

// The port a socket is bound to.
std::uint16_t bound_port(int descriptor);

struct AcceptedSocket {
  int descriptor;
  std::string address;  // of the peer, numeric
};
enum class AcceptFailure {
  none_waiting,
  exhausted,  // no descriptors or memory: there is a connection, but we cannot take it
};
// A connection that waits, non-blocking and with TCP_NODELAY.
struct AcceptResult {
  std::optional<AcceptedSocket> socket;
  AcceptFailure failure = AcceptFailure::none_waiting;
};
AcceptResult accept_from(int listening_descriptor);

}  // namespace bramley
