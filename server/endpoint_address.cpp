#include "server/endpoint_address.h"

#include <charconv>

namespace bramley {

Result<EndpointAddress> EndpointAddress::parse(std::string_view text) {
  const Error error{ErrorCode::malformed,
                    "not an address to listen on: '" + std::string(text) + "'",
                    "write it as 127.0.0.1:8443, [::1]:8443 or 0.0.0.0:443"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return error;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  EndpointAddress endpoint;
  const auto [end, failure] =
      std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (failure != std::errc() || end != port.data() + port.size()) {
    return error;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return error;
  }
  endpoint.address = host.empty()          ? "0.0.0.0"
                     : host == "localhost" ? "127.0.0.1"
                                           : std::string(host);
  return endpoint;
}

bool EndpointAddress::is_loopback() const {
  return address.starts_with("127.") || address == "::1";
}

}  // namespace bramley
