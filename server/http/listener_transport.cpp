#include "server/http/listener_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <new>

namespace bramley {
namespace {

IoStatus socket_failure() {
  return errno == EAGAIN || errno == EWOULDBLOCK ? IoStatus::want_read : IoStatus::failed;
}

// A BIO over a socket like OpenSSL's own, but with MSG_NOSIGNAL: write(2) to a connection that the
// peer has reset would end a process that does not ignore SIGPIPE.
int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(descriptor_of(bio), data, size, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      BIO_set_retry_write(bio);
    }
    return 0;
  }
  *written = static_cast<std::size_t>(sent);
  return 1;
}

int bio_read(BIO* bio, char* data, std::size_t size, std::size_t* read) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(descriptor_of(bio), data, size, 0);
  if (got > 0) {
    *read = static_cast<std::size_t>(got);
    return 1;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_read(bio);
  }
  return 0;
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_bio_method() {
  BIO_METHOD* const method =
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "listener socket");
  if (method != nullptr) {
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
  }
  return method;
}

CHandle<SSL, SSL_free> make_ssl(SSL_CTX& context, int descriptor) {
  static BIO_METHOD* const method = make_bio_method();  // for the life of the process
  CHandle<SSL, SSL_free> ssl(SSL_new(&context));
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    ERR_clear_error();
    throw std::bad_alloc();
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace

SocketTransport::SocketTransport(int descriptor, SSL_CTX& context)
    : descriptor_(descriptor), ssl_(make_ssl(context, descriptor)) {}

IoStatus SocketTransport::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    tls_usable_ = true;
    return IoStatus::done;
  }
  spoke_plain_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  const IoStatus status = tls_status(result);
  return status == IoStatus::ended ? IoStatus::failed : status;
}

std::shared_ptr<const Bytes> SocketTransport::peer_certificate_der() const {
  X509* const certificate = ssl_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  std::uint8_t* encoded = nullptr;
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &encoded);
  if (size <= 0) {
    return nullptr;
  }
  auto der = std::make_shared<const Bytes>(encoded, encoded + size);
  OPENSSL_free(encoded);
  return der;
}

IoResult SocketTransport::read(std::span<std::uint8_t> into) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    return result == 1 ? IoResult{IoStatus::done, got} : IoResult{tls_status(result)};
  }
  const ssize_t got = ::recv(descriptor_, into.data(), into.size(), 0);
  if (got > 0) {
    return {IoStatus::done, static_cast<std::size_t>(got)};
  }
  return {got == 0 ? IoStatus::ended : socket_failure()};
}

IoResult SocketTransport::write(ByteView bytes) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    return result == 1 ? IoResult{IoStatus::done, sent} : IoResult{tls_status(result)};
  }
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    return {IoStatus::done, static_cast<std::size_t>(sent)};
  }
  const IoStatus failure = socket_failure();
  return {failure == IoStatus::want_read ? IoStatus::want_write : failure};
}

void SocketTransport::write_raw(ByteView bytes) const {
  static_cast<void>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

bool SocketTransport::has_buffered_input() const {
  return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1;
}

bool SocketTransport::input_is_waiting() const {
  pollfd socket{descriptor_, POLLIN, 0};
  return has_buffered_input() || ::poll(&socket, 1, 0) > 0;
}

bool SocketTransport::peer_has_closed() const {
  pollfd socket{descriptor_, POLLRDHUP, 0};
  return ::poll(&socket, 1, 0) > 0;
}

void SocketTransport::end_output() {
  if (ssl_ != nullptr && tls_usable_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(descriptor_, SHUT_WR);
}

IoResult SocketTransport::discard_input() {
  // MSG_TRUNC on TCP drops the bytes in the kernel: nothing is copied, nothing decrypted.
  const ssize_t got =
      ::recv(descriptor_, nullptr, std::numeric_limits<int>::max(), MSG_TRUNC | MSG_DONTWAIT);
  if (got > 0) {
    return {IoStatus::done, static_cast<std::size_t>(got)};
  }
  return {got == 0 ? IoStatus::ended : socket_failure()};
}

IoStatus SocketTransport::tls_status(int result) {
  const int reason = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  switch (reason) {
    case SSL_ERROR_WANT_READ:
      return IoStatus::want_read;
    case SSL_ERROR_WANT_WRITE:
      return IoStatus::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::ended;
    default:
      // Also an end without close_notify: a truncated request is none.
      tls_usable_ = false;  // after a fatal error SSL_shutdown may not be called
      return IoStatus::failed;
  }
}

}  // namespace bramley
