#pragma once

// Private to the listener.

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/net/http_message.h"
#include "server/http/listener_context.h"
#include "server/http/listener_event_loop.h"
#include "server/http/listener_output.h"
#include "server/http/listener_request_parser.h"
#include "server/http/listener_response.h"
#include "server/http/listener_transport.h"
#include "server/http/worker_pool.h"

namespace bramley {

// One connection, from its acceptance to its end: a machine of phases, each with a deadline of its
// own. It is moved on by whoever has news for it, under its lock: the event loop when the socket is
// ready, a worker that has a response (and writes it itself: most fit into the socket's buffer, so
// nothing has to go back to the loop), the sweep when time is up. While a handler has the request,
// nobody but the worker moves it; it can only be cut.
class Connection : public ReadinessWaiter,
                   public Job,
                   public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(ListenerContext& context, std::unique_ptr<WatchedSocket> socket,
             SocketTransport transport, HttpPeer peer);

  // Once, after it was registered.
  void open();
  // The socket is ready.
  void ready(Readiness readiness) override;
  // A worker's turn: the handler, or the next piece of a stream.
  void run() override;

  [[nodiscard]] bool is_overdue(TimePoint now) const;
  // Ends it if its time is up, with 408 where a request had begun.
  void expire(TimePoint now);
  // Ends it if no request is under way; else the response will be its last.
  void retire();
  // Ends it now.
  void cut();

 private:
  using BodyStream = std::function<std::optional<Bytes>()>;
  enum class Phase {
    handshake,
    idle,  // no byte of the next request has come
    head,
    body,
    handling,  // a worker has the request
    writing,
    pulling,    // a worker waits for the next piece of a stream
    lingering,  // all is said; what still comes is thrown away so that the answer is not lost
    closed,
  };
  enum class Step { again, pause };
  enum class AfterOutput { next_request, read_body, pull };

  // Runs it under the lock, and lets no exception out: there is nobody above who could take one.
  template <class Action>
  void locked(Action action) {
    const std::lock_guard lock(mutex_);
    try {
      action();
    } catch (const std::exception& failure) {
      context_.log.error("a connection was ended by a fault", {{"cause", failure.what()}});
      close();
    }
  }
  void advance();
  Step step();
  Step step_handshake();
  Step step_input();
  Step step_output();
  Step step_linger();
  Step await(IoStatus status);

  void take_input(ByteView bytes);
  std::size_t parse(ByteView input);
  std::size_t begin_request(ByteView input);
  void head_complete(bool body_has_begun);
  bool body_is_allowed();
  void hand_to_worker();
  void refuse(int status, std::string_view reason);
  HttpResponse refusal(int status);

  HttpResponse handle(const HttpRequest& request);
  std::optional<Bytes> pull(const BodyStream& stream);
  void begin_response(HttpResponse response);
  void send_piece(std::optional<Bytes> piece);
  void write(std::string before, Bytes payload, std::string_view after, AfterOutput then);
  Step exchange_done();
  void say_timeout();
  Step end();
  void close();
  void forget_input();

  void set_phase(Phase phase, std::chrono::milliseconds patience);
  void set_phase_without_deadline(Phase phase);
  void extend_for(std::chrono::milliseconds patience, std::size_t bytes);

  ListenerContext& context_;
  const std::unique_ptr<WatchedSocket> socket_;
  HttpPeer peer_;

  std::mutex mutex_;  // guards all below but deadline_
  SocketTransport transport_;
  Phase phase_;
  TimePoint phase_began_;
  std::atomic<TimePoint> deadline_;
  bool awaits_read_ = false;
  bool awaits_write_ = false;
  int reads_in_a_row_ = 0;

  std::string carry_;          // input that the parser has not consumed
  bool carry_is_new_ = false;  // and has not seen in this state
  std::optional<RequestParser> parser_;
  HttpRequest request_;
  std::string trace_id_;
  bool head_request_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = true;
  std::size_t discarded_ = 0;
  bool input_is_spoilt_ = false;  // the rest of the input is not understood, or not wanted

  PendingOutput output_;
  AfterOutput after_output_ = AfterOutput::next_request;
  BodyFraming framing_ = BodyFraming::none;
  BodyStream stream_;
};

}  // namespace bramley
