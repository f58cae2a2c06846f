#include "cli/simulator/fake_apns.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <list>
#include <mutex>
#include <thread>

#include "cli/simulator/apns_session.h"
#include "core/apns/push_certificate.h"

namespace bramley {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<Tcp::socket>;

constexpr std::size_t read_size = std::size_t{64} * 1024;
constexpr std::size_t most_connections = 64;
// After an accept that failed: out of files, it would fail again at once.
constexpr std::chrono::milliseconds accept_pause{50};

// RFC 9113 §3.2: "h2", or no connection.
int choose_h2(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
              const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  constexpr std::string_view h2 = "\x02h2";
  const ByteView known = as_bytes(h2);
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, known.data(),
                            static_cast<unsigned int>(known.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// The topic of the certificate that the provider presented; empty: it is none for MDM.
std::string presented_topic(TlsStream& stream) {
  X509* const peer = SSL_get0_peer_certificate(stream.native_handle());
  unsigned char* der = nullptr;
  const int size = peer == nullptr ? 0 : i2d_X509(peer, &der);
  if (size <= 0) {
    return {};
  }
  const auto certificate = Certificate::from_der(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  const auto topic = certificate ? push_topic(*certificate) : Result<std::string>(std::string());
  return topic ? *topic : std::string();
}

// Any certificate that is not expired: who issued it is Apple's to know, and here nobody's.
bool accept_certificate(bool /*verified*/, asio::ssl::verify_context& context) {
  const int error = X509_STORE_CTX_get_error(context.native_handle());
  return error != X509_V_ERR_CERT_HAS_EXPIRED && error != X509_V_ERR_CERT_NOT_YET_VALID;
}

class RunningApns : public FakeApns {
 public:
  explicit RunningApns(const FakeApnsSurroundings& surroundings) : surroundings_(surroundings) {}

  ~RunningApns() override {
    stopped_ = true;
    error_code ignored;
    wake_acceptor();
    if (accepting_.joinable()) {
      accepting_.join();
    }
    {
      const std::lock_guard lock(mutex_);
      for (Connection& connection : connections_) {
        (void)connection.stream.lowest_layer().shutdown(Tcp::socket::shutdown_both, ignored);
      }
    }
    connections_.clear();
  }

  Status open(const FakeApnsOptions& options) {
    TRY(set_up_tls(options));
    error_code failure;
    const auto address = asio::ip::make_address(options.address, failure);
    const Tcp::endpoint endpoint(address, options.port);
    if (!failure) {
      (void)acceptor_.open(endpoint.protocol(), failure);
    }
    if (!failure) {
      (void)acceptor_.set_option(Tcp::acceptor::reuse_address(true), failure);
      (void)acceptor_.bind(endpoint, failure);
    }
    if (!failure) {
      (void)acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    }
    if (failure) {
      return Error{ErrorCode::unavailable,
                   "listen on " + options.address + ":" + std::to_string(options.port) + ": " +
                       failure.message(),
                   "choose another address or port with --apns-listen"};
    }
    port_ = acceptor_.local_endpoint().port();
    accepting_ = std::thread([this] { accept(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

 private:
  struct Connection {
    Connection(Tcp::socket socket, asio::ssl::context& tls) : stream(std::move(socket), tls) {}
    TlsStream stream;
    std::atomic<bool> is_over{false};
    std::jthread thread;  // last: joined before the stream goes
  };

  Status set_up_tls(const FakeApnsOptions& options) {
    error_code failure;
    const auto buffer = [](ByteView bytes) { return asio::buffer(bytes.data(), bytes.size()); };
    tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    (void)tls_.use_certificate_chain(buffer(as_bytes(options.certificate_pem)), failure);
    if (!failure) {
      (void)tls_.use_private_key(buffer(options.key_pem.reveal()), asio::ssl::context::pem,
                                 failure);
    }
    if (failure) {
      return Error{ErrorCode::malformed, "TLS of the simulated APNs: " + failure.message(),
                   "a certificate and its key in PEM, without a passphrase, are wanted"};
    }
    tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    tls_.set_verify_callback(accept_certificate);
    SSL_CTX_set_alpn_select_cb(tls_.native_handle(), choose_h2, nullptr);
    // Sessions would skip the certificate; one connection is made anyway.
    SSL_CTX_set_session_cache_mode(tls_.native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(tls_.native_handle(), 0);
    return {};
  }

  void accept() {
    while (!stopped_) {
      error_code failure;
      Tcp::socket socket(context_);
      (void)acceptor_.accept(socket, failure);
      if (failure && !stopped_) {
        surroundings_.statistics.record_error("APNs accept: " + failure.message());
        std::this_thread::sleep_for(accept_pause);
      }
      if (failure || stopped_) {
        continue;
      }
      (void)socket.set_option(Tcp::no_delay(true), failure);
      const std::lock_guard lock(mutex_);
      connections_.remove_if([](const Connection& each) { return each.is_over.load(); });
      if (connections_.size() >= most_connections) {
        continue;
      }
      Connection& connection = connections_.emplace_back(std::move(socket), tls_);
      connection.thread = std::jthread([this, &connection] {
        serve(connection.stream);
        error_code ignored;
        (void)connection.stream.lowest_layer().shutdown(Tcp::socket::shutdown_both, ignored);
        connection.is_over = true;
      });
    }
  }

  void serve(TlsStream& stream) {
    error_code failure;
    (void)stream.handshake(asio::ssl::stream_base::server, failure);
    if (failure) {
      surroundings_.statistics.record_error("APNs connection: " + failure.message());
      return;
    }
    ApnsSession session(presented_topic(stream), surroundings_);
    Bytes buffer(read_size);
    while (session.is_open() && !stopped_) {
      for (Bytes ready = session.take_ready(); !ready.empty(); ready = session.take_ready()) {
        asio::write(stream, asio::buffer(ready), failure);
        if (failure) {
          return;
        }
      }
      const std::size_t size = stream.read_some(asio::buffer(buffer), failure);
      if (failure || !session.receive(ByteView(buffer.data(), size))) {
        return;
      }
    }
  }

  // accept() waits in the kernel. Linux ends that so, and needs no file for it; elsewhere a
  // connection of our own does.
  void wake_acceptor() {
    if (port_ == 0 || ::shutdown(acceptor_.native_handle(), SHUT_RDWR) == 0) {
      return;
    }
    error_code ignored;
    auto endpoint = acceptor_.local_endpoint(ignored);
    if (endpoint.address().is_unspecified()) {
      endpoint.address(endpoint.address().is_v6()
                           ? asio::ip::address(asio::ip::address_v6::loopback())
                           : asio::ip::address(asio::ip::address_v4::loopback()));
    }
    Tcp::socket socket(context_);
    (void)socket.connect(endpoint, ignored);
  }

  const FakeApnsSurroundings surroundings_;
  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor_{context_};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // guards the list
  std::list<Connection> connections_;
  std::thread accepting_;
};

}  // namespace

Result<std::unique_ptr<FakeApns>> FakeApns::start(FakeApnsOptions options,
                                                  const FakeApnsSurroundings& surroundings) {
  auto apns = std::make_unique<RunningApns>(surroundings);
  TRY(apns->open(options));
  return std::unique_ptr<FakeApns>(std::move(apns));
}

}  // namespace bramley
