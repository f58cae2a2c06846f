#pragma once

// Private to the listener.

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/c_handle.h"

namespace bramley {

enum class IoStatus {
  done,
  want_read,   // nothing now: wait until the socket is readable
  want_write,  // or writable (a TLS read may have to write, and the reverse)
  ended,       // the peer will send no more
  failed,
};
struct IoResult {
  IoStatus status;
  std::size_t size = 0;  // when done: at least 1
};

// Bytes to and from a non-blocking socket, in the clear or through TLS. Borrows the descriptor.
// Raises no SIGPIPE.
class SocketTransport {
 public:
  explicit SocketTransport(int descriptor) : descriptor_(descriptor) {}
  // TLS; throws std::bad_alloc.
  SocketTransport(int descriptor, SSL_CTX& context);

  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  // One step of the TLS handshake; done when it is complete.
  IoStatus handshake();
  // After a handshake that failed: what came was an HTTP request in the clear.
  [[nodiscard]] bool spoke_plain_http() const { return spoke_plain_http_; }
  // The client's certificate, null if it sent none.
  [[nodiscard]] std::shared_ptr<const Bytes> peer_certificate_der() const;

  IoResult read(std::span<std::uint8_t> into);
  // May take a part only.
  IoResult write(ByteView bytes);
  // In the clear even on a TLS endpoint; best effort.
  void write_raw(ByteView bytes) const;

  // Bytes were taken from the socket that read() has not given out.
  [[nodiscard]] bool has_buffered_input() const;
  // There is something to read, here or at the socket (the end of the stream is something, too).
  [[nodiscard]] bool input_is_waiting() const;
  [[nodiscard]] bool peer_has_closed() const;

  // Says that we send no more.
  void end_output();
  // Throws away what waits at the socket, without looking at it. Returns how much there was; ended
  // or failed once no more can come.
  IoResult discard_input();

 private:
  IoStatus tls_status(int result);
  bool tls_usable_ = false;
  bool spoke_plain_http_ = false;
  int descriptor_;
  CHandle<SSL, SSL_free> ssl_;
};

}  // namespace bramley
