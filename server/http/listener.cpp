#include "server/http/listener.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "core/base/random.h"
#include "server/http/listener_acceptor.h"
#include "server/http/listener_connection.h"
#include "server/http/listener_context.h"
#include "server/http/listener_event_loop.h"
#include "server/http/listener_socket.h"
#include "server/http/listener_tls.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds tls_poll_interval{2};
constexpr seconds refusal_log_interval{60};
// Descriptors for what is not a connection: databases, logs, loops.
constexpr rlim_t other_descriptors = 200;

// How often deadlines are looked at: no time-out is missed by more than a quarter of itself.
milliseconds sweep_interval(const ListenerOptions& options) {
  const milliseconds shortest =
      std::min({options.handshake_timeout, options.header_timeout, options.body_timeout,
                options.write_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(250));
}

// The soft limit is 1,024 on most systems, and a process may raise it itself up to the hard one.
void allow_descriptors(std::size_t connections) {
  rlimit limit{};
  const rlim_t wanted = connections + other_descriptors;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  }
}

// One address that we listen on.
struct Endpoint {
  std::string name;
  std::uint16_t port = 0;
  std::unique_ptr<TlsIdentity> tls;  // null: in the clear
  std::shared_ptr<Acceptor> acceptor;
};

class LoopedListener : public Listener {
 public:
  LoopedListener(ListenerOptions options, HttpHandler& handler, Log& log)
      : context_(std::move(options), handler, log, random_) {}
  LoopedListener(const LoopedListener&) = delete;
  LoopedListener& operator=(const LoopedListener&) = delete;
  ~LoopedListener() override;

  Status open();
  std::uint16_t port(std::size_t endpoint) const override { return endpoints_.at(endpoint)->port; }
  void reload_tls() override;
  void drain(milliseconds grace) override;

 private:
  Status start_loops();
  Result<std::unique_ptr<Endpoint>> open_endpoint(const ListenerEndpoint& wanted);
  void take(const Endpoint& endpoint, AcceptedSocket accepted);
  void connect(const Endpoint& endpoint, const AcceptedSocket& accepted);
  void note_refusal();
  void sweep();

  SystemRandom random_;
  ListenerContext context_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::atomic<std::size_t> next_loop_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::atomic<steady_clock::time_point> refusal_logged_{steady_clock::time_point::min()};
  std::mutex drain_mutex_;
};

LoopedListener::~LoopedListener() {
  drain(milliseconds(0));
  // The loops first: nothing begins any more. Then the handlers that still run come to their end.
  for (const auto& loop : loops_) {
    loop->stop();
  }
  context_.workers.stop();
  context_.streamers.stop();
  endpoints_.clear();  // their sockets live in the loops
}

Status LoopedListener::open() {
  if (context_.options.endpoints.empty()) {
    return Error{ErrorCode::malformed, "listen: no address was given"};
  }
  allow_descriptors(context_.options.max_connections);
  TRY(start_loops());
  for (const ListenerEndpoint& wanted : context_.options.endpoints) {
    TRY_ASSIGN(auto endpoint, open_endpoint(wanted));
    endpoints_.push_back(std::move(endpoint));
  }
  for (const auto& endpoint : endpoints_) {
    endpoint->acceptor->begin();
  }
  loops_.front()->every(sweep_interval(context_.options), [this] { sweep(); });
  loops_.front()->every(tls_poll_interval, [this] {
    for (const auto& endpoint : endpoints_) {
      if (endpoint->tls) {
        endpoint->tls->reload_if_changed(context_.log);
      }
    }
  });
  return {};
}

Status LoopedListener::start_loops() {
  const int count = std::max(1, context_.options.io_threads);
  for (int i = 0; i < count; ++i) {
    TRY_ASSIGN(auto loop, EventLoop::start("http-io-" + std::to_string(i)));
    loops_.push_back(std::move(loop));
  }
  return {};
}

Result<std::unique_ptr<Endpoint>> LoopedListener::open_endpoint(const ListenerEndpoint& wanted) {
  auto endpoint = std::make_unique<Endpoint>();
  endpoint->name = wanted.name;
  if (wanted.tls) {
    TRY_ASSIGN(endpoint->tls, TlsIdentity::load(*wanted.tls, context_.options.client_authorities));
  }
  TRY_ASSIGN(const int descriptor, listen_on(wanted.address, wanted.port));
  endpoint->port = bound_port(descriptor);
  TRY_ASSIGN(auto socket, loops_.front()->watch(descriptor));
  endpoint->acceptor = std::make_shared<Acceptor>(
      std::move(socket), [this, owner = endpoint.get()](AcceptedSocket accepted) {
        take(*owner, std::move(accepted));
      });
  return endpoint;
}

void LoopedListener::take(const Endpoint& endpoint, AcceptedSocket accepted) {
  if (context_.connections.size() >= context_.options.max_connections) {
    ::close(accepted.descriptor);
    note_refusal();
    return;
  }
  try {
    connect(endpoint, accepted);
  } catch (const std::exception& failure) {
    context_.log.error("a connection could not be taken", {{"cause", failure.what()}});
  }
}

void LoopedListener::connect(const Endpoint& endpoint, const AcceptedSocket& accepted) {
  const std::size_t turn = next_loop_.fetch_add(1, std::memory_order_relaxed);
  auto socket = loops_[turn % loops_.size()]->watch(accepted.descriptor);
  if (!socket) {
    context_.log.error("a connection could not be taken", {{"cause", socket.error().message}});
    return;
  }
  HttpPeer peer;
  peer.address = accepted.address;
  peer.tls = endpoint.tls != nullptr;
  peer.listener = endpoint.name;
  SocketTransport transport = endpoint.tls
                                  ? SocketTransport(accepted.descriptor, *endpoint.tls->context())
                                  : SocketTransport(accepted.descriptor);
  const auto connection = std::make_shared<Connection>(context_, *std::move(socket),
                                                       std::move(transport), std::move(peer));
  context_.connections.add(connection);
  connection->open();
}

void LoopedListener::note_refusal() {
  const std::size_t count = refused_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto now = steady_clock::now();
  auto last = refusal_logged_.load();
  const bool due = last == steady_clock::time_point::min() || now - last >= refusal_log_interval;
  if (due && refusal_logged_.compare_exchange_strong(last, now)) {
    context_.log.warn("connections refused: as many as are allowed are open",
                      {{"limit", std::to_string(context_.options.max_connections)},
                       {"refused_so_far", std::to_string(count)}});
  }
}

void LoopedListener::sweep() {
  const auto now = steady_clock::now();
  for (const auto& connection : context_.connections.overdue(now)) {
    connection->expire(now);
  }
  for (const auto& endpoint : endpoints_) {
    endpoint->acceptor->retry();
  }
}

void LoopedListener::reload_tls() {
  for (const auto& endpoint : endpoints_) {
    if (endpoint->tls) {
      endpoint->tls->reload(context_.log);
    }
  }
}

void LoopedListener::drain(milliseconds grace) {
  const std::lock_guard lock(drain_mutex_);
  context_.draining = true;
  for (const auto& endpoint : endpoints_) {
    endpoint->acceptor->close();
  }
  for (const auto& connection : context_.connections.all()) {
    connection->retire();
  }
  if (context_.connections.wait_until_empty(grace)) {
    return;
  }
  for (const auto& connection : context_.connections.all()) {
    connection->cut();
  }
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::start(ListenerOptions options, HttpHandler& handler,
                                                  Log& log) {
  try {
    auto listener = std::make_unique<LoopedListener>(std::move(options), handler, log);
    TRY(listener->open());
    return std::unique_ptr<Listener>(std::move(listener));
  } catch (const std::exception& failure) {
    return Error{ErrorCode::unavailable, std::string("start the listener: ") + failure.what()};
  }
}

}  // namespace bramley
