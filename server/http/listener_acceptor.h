#pragma once

// Private to the listener.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "server/http/listener_event_loop.h"
#include "server/http/listener_socket.h"

namespace bramley {

// Takes the connections that come to one listening socket.
class Acceptor : public ReadinessWaiter, public std::enable_shared_from_this<Acceptor> {
 public:
  // Owns the descriptor it is given. Must not throw.
  using Taker = std::function<void(AcceptedSocket)>;

  Acceptor(std::unique_ptr<WatchedSocket> socket, Taker taker)
      : socket_(std::move(socket)), taker_(std::move(taker)) {}

  void begin();
  void ready(Readiness readiness) override;
  // Goes on after the machine had no descriptors left; to be called now and then.
  void retry();
  // Takes what has come until now, and then no more.
  void close();

 private:
  void take_all();
  void await();

  std::mutex mutex_;
  const std::unique_ptr<WatchedSocket> socket_;
  const Taker taker_;
  bool exhausted_ = false;
  bool closed_ = false;
};

}  // namespace bramley
