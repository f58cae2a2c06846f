#include "server/http/listener_connection.h"

#include <algorithm>

// Who moves a connection on, and when it ends. What it does in its phases is in
// listener_exchange.cpp.

namespace bramley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Long transfers get a second more for each step beyond the first MiB.
constexpr std::size_t paced_from = 1U << 20U;
constexpr std::size_t paced_step = 64U << 10U;

// After the last word: how long a client may go on sending until it hears it.
constexpr seconds linger_time{5};
constexpr Connection::TimePoint never = Connection::TimePoint::max();

}  // namespace

Connection::Connection(ListenerContext& context, std::unique_ptr<WatchedSocket> socket,
                       SocketTransport transport, HttpPeer peer)
    : context_(context),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      transport_(std::move(transport)),
      phase_(transport_.is_tls() ? Phase::handshake : Phase::idle),
      deadline_(never) {
  set_phase(phase_, transport_.is_tls() ? context_.options.handshake_timeout
                                        : context_.options.header_timeout);
}

void Connection::open() {
  locked([this] { await(IoStatus::want_read); });
}

void Connection::ready(Readiness readiness) {
  locked([this, readiness] {
    (readiness == Readiness::readable ? awaits_read_ : awaits_write_) = false;
    reads_in_a_row_ = 0;
    advance();
  });
}

void Connection::advance() {
  while (step() == Step::again) {
  }
}

Connection::Step Connection::step() {
  switch (phase_) {
    case Phase::handshake:
      return step_handshake();
    case Phase::idle:
    case Phase::head:
    case Phase::body:
      return step_input();
    case Phase::writing:
      return step_output();
    case Phase::lingering:
      return step_linger();
    case Phase::handling:
    case Phase::pulling:
    case Phase::closed:
      break;
  }
  return Step::pause;
}

void Connection::run() {
  Phase phase = Phase::closed;
  HttpRequest request;
  BodyStream stream;
  locked([&] {
    phase = phase_;
    request = std::move(request_);
    stream = std::move(stream_);  // cut() must not destroy it under our feet
  });
  if (phase == Phase::handling) {
    HttpResponse response = handle(request);
    locked([&] {
      if (phase_ == Phase::handling) {
        begin_response(std::move(response));
        advance();
      }
    });
  } else if (phase == Phase::pulling) {
    std::optional<Bytes> piece = pull(stream);
    locked([&] {
      if (phase_ == Phase::pulling) {
        stream_ = std::move(stream);
        send_piece(std::move(piece));
        advance();
      }
    });
  }
}

bool Connection::is_overdue(TimePoint now) const {
  return deadline_.load(std::memory_order_relaxed) <= now;
}

void Connection::expire(TimePoint now) {
  locked([this, now] {
    if (!is_overdue(now)) {
      return;  // it was moved on while we came for it
    }
    if (phase_ == Phase::idle && transport_.input_is_waiting()) {
      set_phase(Phase::head, context_.options.header_timeout);  // it came just in time
      return;
    }
    if ((phase_ == Phase::head || phase_ == Phase::body) && parser_) {
      say_timeout();
    }
    close();
  });
}

void Connection::retire() {
  locked([this] {
    if (phase_ == Phase::idle && transport_.input_is_waiting()) {
      set_phase(Phase::head, context_.options.header_timeout);
    } else if (phase_ == Phase::idle || phase_ == Phase::handshake) {
      transport_.end_output();
      close();
    }
  });
}

void Connection::cut() {
  locked([this] { close(); });
}

Connection::Step Connection::await(IoStatus status) {
  if (status == IoStatus::want_read && !awaits_read_) {
    awaits_read_ = true;
    socket_->await(Readiness::readable, shared_from_this());
  } else if (status == IoStatus::want_write && !awaits_write_) {
    awaits_write_ = true;
    socket_->await(Readiness::writable, shared_from_this());
  } else if (status == IoStatus::ended || status == IoStatus::failed) {
    close();
  }
  return Step::pause;
}

// Says that nothing more will be sent, and waits for the client to hear it if that is needed: the
// system answers input that nobody reads with a reset, which can overtake our last words.
Connection::Step Connection::end() {
  transport_.end_output();
  carry_is_new_ = false;
  if (!input_is_spoilt_ && carry_.empty() && !transport_.has_buffered_input()) {
    close();
    return Step::pause;
  }
  set_phase(Phase::lingering, linger_time);
  return Step::again;
}

void Connection::close() {
  if (phase_ == Phase::closed) {
    return;
  }
  set_phase_without_deadline(Phase::closed);
  socket_->close();
  parser_.reset();
  forget_input();
  output_.clear();
  stream_ = nullptr;
  context_.connections.remove(shared_from_this());
}

void Connection::forget_input() {
  carry_.clear();
  carry_.shrink_to_fit();  // an idle connection keeps no buffers
  carry_is_new_ = false;
}

void Connection::set_phase(Phase phase, milliseconds patience) {
  phase_ = phase;
  phase_began_ = steady_clock::now();
  deadline_.store(phase_began_ + patience, std::memory_order_relaxed);
}

void Connection::set_phase_without_deadline(Phase phase) {
  phase_ = phase;
  deadline_.store(never, std::memory_order_relaxed);
}

void Connection::extend_for(milliseconds patience, std::size_t bytes) {
  const std::size_t beyond = bytes - std::min(bytes, paced_from);
  deadline_.store(phase_began_ + patience + seconds(beyond / paced_step),
                  std::memory_order_relaxed);
}

}  // namespace bramley
