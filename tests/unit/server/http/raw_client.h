#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/http/test_identity.h"

namespace bramley {

// A client that says exactly the bytes it is told to, in the clear or through TLS, and shares
// nothing with the server. Every wait ends after ten seconds.
class RawClient {
 public:
  struct Answer {
    int status = 0;
    std::multimap<std::string, std::string> headers;  // names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };

  explicit RawClient(std::uint16_t port, const char* address = "127.0.0.1") {
    block_sigpipe();
    const bool v6 = std::strchr(address, ':') != nullptr;
    descriptor_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    inet_pton(v6 ? AF_INET6 : AF_INET, address,
              v6 ? static_cast<void*>(&six.sin6_addr) : static_cast<void*>(&v4.sin_addr));
    const int failed = v6 ? ::connect(descriptor_, reinterpret_cast<sockaddr*>(&six), sizeof six)
                          : ::connect(descriptor_, reinterpret_cast<sockaddr*>(&v4), sizeof v4);
    connected_ = failed == 0;
    const timeval patience{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() {
    ssl_.reset();
    ::close(descriptor_);
  }

  struct TlsTerms {
    const TestIdentity* identity = nullptr;
    int version = 0;  // 0: any
    const char* ciphers = nullptr;
    SSL_SESSION* resume = nullptr;
  };
  // Trusts any server.
  bool start_tls() { return start_tls(TlsTerms{}); }
  bool start_tls(const TlsTerms& terms) {
    context_.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (terms.identity != nullptr) {
      SSL_CTX_use_certificate(context_.get(), terms.identity->certificate());
      SSL_CTX_use_PrivateKey(context_.get(), terms.identity->key());
    }
    if (terms.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), terms.version);
      SSL_CTX_set_max_proto_version(context_.get(), terms.version);
    }
    if (terms.ciphers != nullptr) {
      SSL_CTX_set_cipher_list(context_.get(), terms.ciphers);
    }
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    static constexpr unsigned char protocols[] = {2,   'h', '2', 8,   'h', 't',
                                                  't', 'p', '/', '1', '.', '1'};
    SSL_set_alpn_protos(ssl_.get(), protocols, sizeof protocols);
    if (terms.resume != nullptr) {
      SSL_set_session(ssl_.get(), terms.resume);
    }
    SSL_set_fd(ssl_.get(), descriptor_);
    return SSL_connect(ssl_.get()) == 1;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] bool connected() const { return connected_; }

  // False once the server took no more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ssl_
                               ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Under whatever TLS there is.
  void send_raw(std::string_view bytes) {
    static_cast<void>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  void half_close() { ::shutdown(descriptor_, SHUT_WR); }

  // One answer, its body by its framing; nothing if the connection ended before it was whole.
  std::optional<Answer> receive(bool head_request = false) {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_more()) {
        return std::nullopt;
      }
    }
    Answer answer = parse_head(pending_.substr(0, end + 2));
    pending_.erase(0, end + 4);
    const bool bodiless = head_request || answer.status < 200 || answer.status == 204;
    if (bodiless || receive_body(answer)) {
      return answer;
    }
    return std::nullopt;
  }

  // Everything until the server ends the connection.
  std::string receive_all() {
    while (receive_more()) {
    }
    return std::exchange(pending_, {});
  }
  // True if the server ends the connection (now, or within `patience`) without a further byte.
  bool ends_within(std::chrono::milliseconds patience) {
    pollfd socket{descriptor_, POLLIN, 0};
    while (::poll(&socket, 1, static_cast<int>(patience.count())) > 0) {
      if (!receive_more()) {
        return pending_.empty();
      }
    }
    return false;
  }

 private:
  // For this thread alone: OpenSSL's sockets raise it here, and the server's must not.
  static void block_sigpipe() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  }

  bool receive_more() {
    char chunk[16384];
    const ssize_t got = ssl_ ? SSL_read(ssl_.get(), chunk, sizeof chunk)
                             : ::recv(descriptor_, chunk, sizeof chunk, 0);
    if (got <= 0) {
      ERR_clear_error();
      return false;
    }
    pending_.append(chunk, static_cast<std::size_t>(got));
    return true;
  }

  static Answer parse_head(std::string_view head) {
    Answer answer;
    if (!head.starts_with("HTTP/1.1 ")) {
      throw std::runtime_error("not an HTTP/1.1 answer: " + std::string(head));
    }
    answer.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      std::string name(line.substr(0, line.find(": ")));
      for (char& c : name) {
        c = static_cast<char>(std::tolower(c));
      }
      answer.headers.emplace(name, line.substr(line.find(": ") + 2));
      head.remove_prefix(line.size() + 2);
    }
    return answer;
  }

  bool receive_body(Answer& answer) {
    if (answer.header("transfer-encoding") == "chunked") {
      return receive_chunks(answer);
    }
    if (answer.headers.count("content-length") == 0) {
      answer.body = receive_all();
      return true;
    }
    const std::size_t size = std::stoul(answer.header("content-length"));
    return receive_exactly(size, answer.body);
  }
  bool receive_exactly(std::size_t size, std::string& into) {
    while (pending_.size() < size) {
      if (!receive_more()) {
        return false;
      }
    }
    into += pending_.substr(0, size);
    pending_.erase(0, size);
    return true;
  }
  bool receive_chunks(Answer& answer) {
    while (true) {
      std::size_t end = 0;
      while ((end = pending_.find("\r\n")) == std::string::npos) {
        if (!receive_more()) {
          return false;
        }
      }
      const std::size_t size = std::stoul(pending_.substr(0, end), nullptr, 16);
      pending_.erase(0, end + 2);
      std::string line_end;
      if (!receive_exactly(size, answer.body) || !receive_exactly(2, line_end) ||
          line_end != "\r\n") {
        return false;
      }
      if (size == 0) {
        return true;
      }
    }
  }

  int descriptor_ = -1;
  bool connected_ = false;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  std::string pending_;
};

}  // namespace bramley
