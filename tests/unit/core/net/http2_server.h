#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/private_key.h"
#include "core/net/loopback_listener.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// A server on loopback that speaks just enough HTTP/2 (RFC 9113) over TLS to answer each request
// with 200 and nothing, or to misbehave. It never reads what the requests say.
class Http2Server {
 public:
  enum class Act { answer, hang, drop, go_away };
  // Called with the number of the connection, and of the request on it, from 0.
  using Behaviour = std::function<Act(int connection, int request)>;

  explicit Http2Server(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does; OpenSSL writes without MSG_NOSIGNAL
    make_context();
    acceptor_ = std::thread([this] { accept_all(); });
  }
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;
  ~Http2Server() {
    listener_.stop();
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) {
        ::shutdown(socket, SHUT_RDWR);
      }
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    for (const int socket : sockets_) {
      ::close(socket);
    }
    SSL_CTX_free(context_);
  }

  [[nodiscard]] std::string url() const {
    return "https://localhost:" + std::to_string(listener_.port());
  }
  // What a client must trust.
  [[nodiscard]] const std::string& root_pem() const { return root_; }
  [[nodiscard]] int connections() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(sockets_.size());
  }

 private:
  static constexpr std::uint8_t data_frame = 0;
  static constexpr std::uint8_t headers_frame = 1;
  static constexpr std::uint8_t settings_frame = 4;
  static constexpr std::uint8_t go_away_frame = 7;
  static constexpr std::uint8_t end_stream = 1;  // and ACK of SETTINGS
  static constexpr std::uint8_t end_headers = 4;
  static constexpr int gone_away = -1;  // in place of a request's number

  struct Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
  };

  void make_context() {
    static const auto key = *PrivateKey::generate_ec_p256();
    SeededRandom random;
    const Timestamp now = SystemClock().now();
    SelfSignedTerms terms;
    terms.subject = {{"CN", "localhost"}};
    terms.not_before = now - std::chrono::hours(1);
    terms.not_after = now + std::chrono::hours(24);
    terms.host_names = {"localhost"};
    const Certificate certificate = *make_self_signed(key, terms, random);
    root_ = certificate.pem();
    context_ = SSL_CTX_new(TLS_server_method());
    const Bytes der = certificate.der();
    SSL_CTX_use_certificate_ASN1(context_, static_cast<int>(der.size()), der.data());
    SSL_CTX_use_PrivateKey(context_, key.native());
    SSL_CTX_set_alpn_select_cb(
        context_,
        [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char*, unsigned,
           void*) {
          *out = reinterpret_cast<const unsigned char*>("h2");
          *length = 2;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  }

  void accept_all() {
    while (true) {
      const int socket = listener_.accept();
      if (socket < 0) {
        return;
      }
      const std::lock_guard lock(mutex_);
      const int number = static_cast<int>(sockets_.size());
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket, number] { converse(socket, number); });
    }
  }

  void converse(int socket, int number) {
    SSL* const tls = SSL_new(context_);
    SSL_set_fd(tls, socket);
    std::array<char, 24> preface{};
    if (SSL_accept(tls) == 1 && read(tls, preface.data(), preface.size())) {
      write(tls, {settings_frame, 0, 0}, {});
      int request = 0;
      while (take_frame(tls, number, request)) {
      }
    }
    SSL_free(tls);
    ::shutdown(socket, SHUT_RDWR);
  }

  bool take_frame(SSL* tls, int connection, int& request) {
    std::array<std::uint8_t, 9> head{};
    if (!read(tls, head.data(), head.size())) {
      return false;
    }
    const std::size_t size = std::size_t{head[0]} << 16U | std::size_t{head[1]} << 8U | head[2];
    Bytes payload(size);
    if (!read(tls, payload.data(), size)) {
      return false;
    }
    const Frame frame{head[3], head[4],
                      std::uint32_t{head[5]} << 24U | std::uint32_t{head[6]} << 16U |
                          std::uint32_t{head[7]} << 8U | std::uint32_t{head[8]}};
    if (frame.type == settings_frame && (frame.flags & end_stream) == 0) {
      write(tls, {settings_frame, end_stream, 0}, {});
    }
    const bool ends = (frame.type == headers_frame || frame.type == data_frame) &&
                      (frame.flags & end_stream) != 0;
    if (!ends || request == gone_away) {
      return true;
    }
    const Act wanted = behaviour_(connection, request++);
    if (wanted == Act::go_away) {
      // What comes after it is read and forgotten until the client closes: to close at once, with
      // bytes unread, would reset the connection, and answers that were sent would be lost too.
      request = gone_away;
      act(tls, wanted, frame.stream);
      SSL_shutdown(tls);
      ::shutdown(SSL_get_fd(tls), SHUT_WR);
      return true;
    }
    return act(tls, wanted, frame.stream);
  }

  static bool act(SSL* tls, Act act, std::uint32_t stream) {
    switch (act) {
      case Act::answer:
        // RFC 7541, Appendix A: 8 is ":status: 200".
        write(tls, {headers_frame, end_headers | end_stream, stream}, {0x88});
        return true;
      case Act::hang:
        return true;
      case Act::go_away: {
        const auto last = static_cast<std::uint8_t>(stream - 2);  // the one before it
        write(tls, {go_away_frame, 0, 0},
              {0, 0, 0, stream > 1 ? last : std::uint8_t{0}, 0, 0, 0, 0});
        return true;
      }
      case Act::drop:
        break;
    }
    return false;
  }

  static bool read(SSL* tls, void* into, std::size_t size) {
    auto* at = static_cast<char*>(into);
    while (size > 0) {
      const int got = SSL_read(tls, at, static_cast<int>(size));
      if (got <= 0) {
        return false;
      }
      at += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  static void write(SSL* tls, Frame frame, const Bytes& payload) {
    Bytes bytes = {0, 0, static_cast<std::uint8_t>(payload.size()), frame.type, frame.flags};
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      bytes.push_back(static_cast<std::uint8_t>(frame.stream >> shift));
    }
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    SSL_write(tls, bytes.data(), static_cast<int>(bytes.size()));
  }

  const Behaviour behaviour_;
  std::string root_;
  SSL_CTX* context_ = nullptr;
  LoopbackListener listener_;
  mutable std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace bramley
