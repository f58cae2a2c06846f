#include "server/http/listener_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/base/c_handle.h"

namespace bramley {
namespace {

using AddressList = CHandle<addrinfo, freeaddrinfo>;

Error listen_error(const std::string& endpoint, int number) {
  const std::string doing = "listen on " + endpoint + ": ";
  switch (number) {
    case EADDRINUSE:
      return Error{ErrorCode::conflict, doing + "address in use",
                   "choose another with --listen, or stop the program that has it"};
    case EACCES:
    case EPERM:
      return Error{ErrorCode::forbidden, doing + "permission denied",
                   "ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher one "
                   "with --listen"};
    case EADDRNOTAVAIL:
      return Error{ErrorCode::malformed, doing + "not an address of this machine",
                   "give one of this machine's addresses, or 0.0.0.0 or [::] for all of them"};
    default:
      return Error{ErrorCode::unavailable, doing + std::generic_category().message(number)};
  }
}

Result<AddressList> parse_address(const std::string& address, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  const std::string numeric = address == "localhost" ? "127.0.0.1" : address;
  addrinfo* found = nullptr;
  if (numeric.empty() ||
      getaddrinfo(numeric.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) {
    return Error{ErrorCode::malformed,
                 "listen on " + endpoint_text(address, port) + ": not an IP address",
                 "write it as 127.0.0.1:8443, 0.0.0.0:8443 or [::1]:8443"};
  }
  return AddressList(found);
}

// 0, or errno.
int bind_and_listen(int descriptor, const addrinfo& address) {
  const int on = 1;
  const int off = 0;
  // Without it a restart would have to wait for the connections of the last run to be forgotten.
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(descriptor, address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(descriptor, SOMAXCONN) != 0) {
    return errno;
  }
  return 0;
}

std::string numeric_address(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return text.data();
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    // What a dual-stack socket calls 192.0.2.1 should match the ranges written for it.
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool is_exhaustion(int number) {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

}  // namespace

std::string endpoint_text(std::string_view address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string_view::npos;
  return (v6 ? "[" : "") + std::string(address) + (v6 ? "]:" : ":") + std::to_string(port);
}

Result<int> listen_on(const std::string& address, std::uint16_t port) {
  TRY_ASSIGN(const auto parsed, parse_address(address, port));
  const int descriptor =
      ::socket(parsed->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) {
    return listen_error(endpoint_text(address, port), errno);
  }
  if (const int failure = bind_and_listen(descriptor, *parsed); failure != 0) {
    ::close(descriptor);
    return listen_error(endpoint_text(address, port), failure);
  }
  return descriptor;
}

std::uint16_t bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

AcceptResult accept_from(int listening_descriptor) {
  while (true) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor = ::accept4(listening_descriptor, reinterpret_cast<sockaddr*>(&address),
                                     &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return {AcceptedSocket{descriptor, numeric_address(address)}};
    }
    if (is_exhaustion(errno)) {
      return {std::nullopt, AcceptFailure::exhausted};
    }
    // A connection that was gone before we took it: there may be another.
    if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
      return {std::nullopt, AcceptFailure::none_waiting};
    }
  }
}

}  // namespace bramley
