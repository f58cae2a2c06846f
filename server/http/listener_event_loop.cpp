#include "server/http/listener_event_loop.h"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "server/http/listener_thread.h"

namespace bramley {
namespace {

namespace asio = boost::asio;

// With the context's own executor: the type-erased default costs an allocation an operation.
using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

class AsioSocket : public WatchedSocket {
 public:
  explicit AsioSocket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] int descriptor() const override { return number_; }

  void await(Readiness readiness, std::shared_ptr<ReadinessWaiter> waiter) override {
    descriptor_.async_wait(
        readiness == Readiness::readable ? Descriptor::wait_read : Descriptor::wait_write,
        [waiter = std::move(waiter), readiness](const boost::system::error_code& failure) {
          if (failure != asio::error::operation_aborted) {
            waiter->ready(readiness);
          }
        });
  }

  void close() override {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  Descriptor descriptor_;
  const int number_ = descriptor_.native_handle();
};

class AsioLoop : public EventLoop {
 public:
  explicit AsioLoop(const std::string& thread_name) : context_(1), work_(context_.get_executor()) {
    thread_ = start_thread(thread_name, [this] { context_.run(); });
  }
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;
  ~AsioLoop() override { stop(); }

  Result<std::unique_ptr<WatchedSocket>> watch(int descriptor) override {
    Descriptor watched(context_);
    boost::system::error_code failure;
    watched.assign(descriptor, failure);
    if (failure) {
      ::close(descriptor);
      return Error{ErrorCode::unavailable, "watch a socket: " + failure.message()};
    }
    return std::unique_ptr<WatchedSocket>(std::make_unique<AsioSocket>(std::move(watched)));
  }

  void every(std::chrono::milliseconds interval, std::function<void()> action) override {
    const std::lock_guard lock(mutex_);
    timers_.push_back({Timer(context_), interval, std::move(action)});
    arm(timers_.back());
  }

  void stop() override {
    context_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  struct Periodic {
    Timer timer;
    std::chrono::milliseconds interval;
    std::function<void()> action;
  };

  static void arm(Periodic& periodic) {
    periodic.timer.expires_after(periodic.interval);
    periodic.timer.async_wait([&periodic](const boost::system::error_code& failure) {
      if (!failure) {
        periodic.action();
        arm(periodic);
      }
    });
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mutex mutex_;
  std::list<Periodic> timers_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::start(const std::string& thread_name) {
  try {
    return std::unique_ptr<EventLoop>(std::make_unique<AsioLoop>(thread_name));
  } catch (const std::exception& failure) {
    return Error{ErrorCode::unavailable,
                 std::string("start a thread of the listener: ") + failure.what()};
  }
}

}  // namespace bramley
