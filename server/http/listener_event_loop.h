#pragma once

// Private to the listener.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"

namespace bramley {

enum class Readiness { readable, writable };

class ReadinessWaiter {
 public:
  virtual ~ReadinessWaiter() = default;
  // On the thread of the loop. Must not throw.
  virtual void ready(Readiness readiness) = 0;
};

// One socket in an event loop. Owns the descriptor. Not safe for use from two threads at once, but
// from any thread.
class WatchedSocket {
 public:
  virtual ~WatchedSocket() = default;
  [[nodiscard]] virtual int descriptor() const = 0;
  // Tells the waiter once, later, on the loop's thread, as soon as the socket is ready; at once if
  // it is already. Never after close().
  virtual void await(Readiness readiness, std::shared_ptr<ReadinessWaiter> waiter) = 0;
  virtual void close() = 0;
};

// A thread that waits for sockets and for time. All there is of Asio is behind it.
class EventLoop {
 public:
  // unavailable: the system gives no thread, or no descriptors.
  static Result<std::unique_ptr<EventLoop>> start(const std::string& thread_name);
  virtual ~EventLoop() = default;  // stops
  // Takes over the descriptor, closing it when it fails.
  virtual Result<std::unique_ptr<WatchedSocket>> watch(int descriptor) = 0;
  // Calls it on the loop's thread, for as long as the loop runs. Must not throw.
  virtual void every(std::chrono::milliseconds interval, std::function<void()> action) = 0;
  // No callback runs after it, and those that wait are released. Idempotent. Not from its thread.
  virtual void stop() = 0;
};

}  // namespace bramley
