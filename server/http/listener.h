#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/net/http_message.h"

namespace bramley {

// What answers requests. Synchronous; called from a pool of worker threads, several at a time.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // How many bytes of body this request may have, asked once its head is read and before any of its
  // body is (`head.body` is empty). 0: none.
  virtual std::uint64_t body_limit(const HttpRequest& head) = 0;
  virtual HttpResponse handle(const HttpRequest& request) = 0;
  // What is answered instead when the body is larger: 413, in the family's own form.
  virtual HttpResponse body_too_large(const HttpRequest& /*head*/) {
    HttpResponse response;
    response.status = 413;
    return response;
  }
  // The listener answered by itself (400, 408, 417, 431, 500, 501): for whoever counts. Called on
  // the listener's threads, so it must be quick.
  virtual void refused_at_the_door(const HttpPeer& /*peer*/, int /*status*/) {}
};

struct TlsFiles {
  std::filesystem::path certificate_chain;  // PEM, leaf first
  std::filesystem::path key;                // PEM
};
struct ListenerEndpoint {
  std::string name;  // HttpPeer::listener
  std::string address;
  std::uint16_t port = 0;  // 0: any free one
  std::optional<TlsFiles> tls;
};
struct ListenerOptions {
  std::vector<ListenerEndpoint> endpoints;
  // Named in the handshake as acceptable issuers of client certificates. Any certificate, or none,
  // is let through: the handler judges.
  std::vector<Certificate> client_authorities;
  int io_threads = 2;
  int worker_threads = 32;
  std::size_t max_connections = 20'000;
  std::size_t header_limit = 32U << 10U;
  // Bodies that announce no more than this are taken without asking the handler for its limit
  // (which may cost it a signature check).
  std::uint64_t unasked_body = 0;
  // Absolute, each from the start of its phase.
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{
      60'000};  // plus one second for each 64 KiB beyond the first MiB
  std::chrono::milliseconds write_timeout{60'000};
  std::chrono::milliseconds idle_timeout{60'000};
};

// The door: Beast and Asio stop here. HTTP/1.1 with keep-alive, TLS 1.2 and 1.3, deadlines for
// every phase, limits before work. 431 for a head over its limit, 413 for a body over its own, 400
// for what is no HTTP, 408 when a phase takes too long (or just the end), 500 when a handler
// throws; with empty bodies, but for what body_too_large says. Every response has X-Trace-Id
// and Date (unless the handler set them), and Content-Length; 200 with an empty body says
// Content-Length: 0.
class Listener {
 public:
  // Binds all endpoints and begins to accept. conflict: an address is in use (it is named);
  // malformed: an address that is none, or TLS files that do not fit.
  static Result<std::unique_ptr<Listener>> start(ListenerOptions options, HttpHandler& handler,
                                                 Log& log);
  virtual ~Listener() = default;
  // The port an endpoint really has, in the order of the options.
  virtual std::uint16_t port(std::size_t endpoint) const = 0;
  // Reads the TLS files again: new connections use them; the old ones stay in force, with a log
  // line, when the new are bad. Also called by itself when the files change (looked at every few
  // seconds).
  virtual void reload_tls() = 0;
  // Stops accepting, lets requests in flight finish (and answers them with Connection: close),
  // closes idle connections; after `grace` cuts the rest. Blocks. Idempotent.
  virtual void drain(std::chrono::milliseconds grace) = 0;
};

}  // namespace bramley
