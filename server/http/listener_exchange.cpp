#include <array>
#include <exception>
#include <span>

#include "server/http/listener_connection.h"

// What a connection does in its phases: reads a request, has it handled, writes the response.

namespace bramley {
namespace {

// How much may still come after our last word, until nobody listens any more.
constexpr std::size_t linger_bytes = 64U << 20U;
// Reads in a row before others have their turn.
constexpr int fair_reads = 16;
constexpr std::size_t largest_tls_record = 16U << 10U;

std::span<std::uint8_t> scratch() {
  thread_local std::array<std::uint8_t, 64U << 10U> buffer;
  return buffer;
}

constexpr std::string_view plain_http_answer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 30\r\n"
    "Connection: close\r\n\r\nThis port speaks HTTPS alone.\n";

}  // namespace

Connection::Step Connection::step_handshake() {
  const IoStatus status = transport_.handshake();
  if (status != IoStatus::done) {
    if (transport_.spoke_plain_http()) {
      transport_.write_raw(as_bytes(plain_http_answer));
      input_is_spoilt_ = true;
      return end();
    }
    return await(status);
  }
  peer_.certificate_der = transport_.peer_certificate_der();
  set_phase(Phase::idle, context_.options.header_timeout);
  return transport_.has_buffered_input() ? Step::again : await(IoStatus::want_read);
}

Connection::Step Connection::step_input() {
  if (carry_is_new_) {
    take_input({});
    return Step::again;
  }
  if (reads_in_a_row_ >= fair_reads && !transport_.has_buffered_input()) {
    return await(IoStatus::want_read);
  }
  ++reads_in_a_row_;
  const IoResult result = transport_.read(scratch());
  if (result.status != IoStatus::done) {
    return await(result.status);
  }
  const Phase before = phase_;
  take_input(scratch().first(result.size));
  if (phase_ == Phase::body) {
    extend_for(context_.options.body_timeout,
               parser_ ? parser_->request().body.size() : std::size_t{0});
  }
  const bool more_is_likely =
      result.size >= largest_tls_record || transport_.has_buffered_input() || phase_ != before;
  return more_is_likely ? Step::again : await(IoStatus::want_read);
}

// Also what waits in carry_, which comes first.
void Connection::take_input(ByteView bytes) {
  carry_is_new_ = false;
  if (carry_.empty()) {
    const ByteView rest = bytes.subspan(parse(bytes));
    carry_ = as_text(rest);
    return;
  }
  carry_.append(as_text(bytes));
  carry_.erase(0, parse(as_bytes(carry_)));
}

// Returns how much was consumed. What is left has to be looked at again once the phase allows.
std::size_t Connection::parse(ByteView input) {
  std::size_t consumed = begin_request(input);
  while (phase_ == Phase::head || phase_ == Phase::body) {
    const auto outcome = parser_->take(input.subspan(consumed));
    consumed += outcome.consumed;
    switch (outcome.progress) {
      case RequestParser::Progress::more:
        return consumed;
      case RequestParser::Progress::head:
        head_complete(consumed < input.size());
        break;
      case RequestParser::Progress::complete:
        hand_to_worker();
        break;
      case RequestParser::Progress::refused:
        refuse(parser_->refusal(), parser_->reason());
        break;
    }
  }
  carry_is_new_ = consumed < input.size();
  return consumed;
}

// RFC 9112 §2.2: an empty line before a request is skipped; some clients send one after a body.
std::size_t Connection::begin_request(ByteView input) {
  if (parser_) {
    return 0;
  }
  std::size_t skipped = 0;
  while (as_text(input.subspan(skipped)).starts_with("\r\n")) {
    skipped += 2;
  }
  if (!input.empty() && phase_ == Phase::idle) {
    set_phase(Phase::head, context_.options.header_timeout);
  }
  parser_.emplace(context_.options.header_limit);
  return skipped;
}

void Connection::head_complete(bool body_has_begun) {
  HttpRequest& request = parser_->request();
  request.peer = peer_;
  trace_id_ = context_.trace_ids.next();
  request.headers.add("X-Trace-Id", trace_id_);
  head_request_ = request.method == "HEAD";
  http_1_0_ = parser_->is_http_1_0();
  keep_alive_ = parser_->keep_alive();
  set_phase(Phase::body, context_.options.body_timeout);
  if (!parser_->has_body() || !body_is_allowed()) {
    return;
  }
  if (parser_->expects_continue() && !body_has_begun) {
    write("HTTP/1.1 100 Continue\r\n\r\n", {}, {}, AfterOutput::read_body);
  }
}

// Asks the handler, on this thread: it promises to be quick. Otherwise the request was refused.
bool Connection::body_is_allowed() {
  const std::uint64_t announced = parser_->announced_body();
  std::uint64_t limit = announced;
  if (announced == 0 || announced > context_.options.unasked_body) {
    try {
      limit = context_.handler.body_limit(parser_->request());
    } catch (const std::exception& failure) {
      context_.log.error("a handler failed", {{"cause", failure.what()}, {"trace_id", trace_id_}});
      refuse(500, "the handler failed");
      return false;
    }
  }
  if (!parser_->limit_body(limit)) {
    refuse(parser_->refusal(), parser_->reason());
    return false;
  }
  return true;
}

void Connection::hand_to_worker() {
  request_ = std::move(parser_->request());
  parser_.reset();
  set_phase_without_deadline(Phase::handling);
  context_.workers.submit(shared_from_this());
}

// An answer of our own, to something we do not go on with.
void Connection::refuse(int status, std::string_view reason) {
  if (trace_id_.empty()) {
    trace_id_ = context_.trace_ids.next();
  }
  // A body over its limit can be a device's honest report; the rest is noise of the network.
  context_.log.refusal(status == 413 ? LogLevel::warn : LogLevel::debug, "request refused",
                       peer_.address,
                       {{"status", std::to_string(status)},
                        {"cause", std::string(reason)},
                        {"peer", peer_.address},
                        {"trace_id", trace_id_}});
  if (status != 413) {
    context_.handler.refused_at_the_door(peer_, status);
  }
  HttpResponse response = refusal(status);
  parser_.reset();
  keep_alive_ = false;
  input_is_spoilt_ = true;
  begin_response(std::move(response));
}

HttpResponse Connection::refusal(int status) {
  HttpResponse response;
  response.status = status;
  if (status == 413) {
    try {
      response = context_.handler.body_too_large(parser_->request());
    } catch (const std::exception& failure) {
      context_.log.error("a handler failed", {{"cause", failure.what()}, {"trace_id", trace_id_}});
    }
  }
  return response;
}

HttpResponse Connection::handle(const HttpRequest& request) {
  std::string cause;
  try {
    HttpResponse response = context_.handler.handle(request);
    if (response.status >= 200 && response.status <= 599) {
      return response;
    }
    cause = "a response of status " + std::to_string(response.status);
  } catch (const std::exception& failure) {
    cause = failure.what();
  } catch (...) {
    cause = "an unknown exception";
  }
  context_.log.error("a handler failed", {{"cause", cause}, {"trace_id", trace_id_}});
  HttpResponse response;
  response.status = 500;
  return response;
}

std::optional<Bytes> Connection::pull(const BodyStream& stream) {
  std::string cause;
  try {
    return stream();
  } catch (const std::exception& failure) {
    cause = failure.what();
  } catch (...) {
    cause = "an unknown exception";
  }
  context_.log.error("a stream failed", {{"cause", cause}, {"trace_id", trace_id_}});
  cut();  // so that the client does not take what it has for the whole
  return std::nullopt;
}

void Connection::begin_response(HttpResponse response) {
  const bool keep = keep_alive_ && !context_.draining.load(std::memory_order_relaxed);
  ResponseHead head =
      response_head(response, {trace_id_, head_request_, http_1_0_, keep, SystemClock().now()});
  keep_alive_ = head.keep_alive;
  framing_ = head.framing;
  if (framing_ == BodyFraming::chunked || framing_ == BodyFraming::closing) {
    stream_ = std::move(response.body_stream);
    write(std::move(head.text), {}, {}, AfterOutput::pull);
    return;
  }
  Bytes body = framing_ == BodyFraming::length ? std::move(response.body) : Bytes();
  write(std::move(head.text), std::move(body), {}, AfterOutput::next_request);
}

void Connection::send_piece(std::optional<Bytes> piece) {
  const bool chunked = framing_ == BodyFraming::chunked;
  if (!piece) {
    stream_ = nullptr;
    write(chunked ? "0\r\n\r\n" : "", {}, {}, AfterOutput::next_request);
  } else if (!piece->empty()) {
    std::string before = chunked ? chunk_head(piece->size()) : "";
    write(std::move(before), *std::move(piece), chunked ? "\r\n" : "", AfterOutput::pull);
  } else if (transport_.peer_has_closed()) {
    close();  // a stream with nothing to say would not notice
  } else {
    context_.streamers.submit(shared_from_this());
  }
}

void Connection::write(std::string before, Bytes payload, std::string_view after,
                       AfterOutput then) {
  output_.set(std::move(before), std::move(payload), after);
  after_output_ = then;
  set_phase(Phase::writing, context_.options.write_timeout);
}

Connection::Step Connection::step_output() {
  while (!output_.next().empty()) {
    const IoResult result = transport_.write(output_.next());
    if (result.status != IoStatus::done) {
      extend_for(context_.options.write_timeout, output_.sent_so_far());
      return await(result.status);
    }
    output_.sent(result.size);
  }
  output_.clear();
  switch (after_output_) {
    case AfterOutput::read_body:
      set_phase(Phase::body, context_.options.body_timeout);
      return Step::again;
    case AfterOutput::pull:
      set_phase_without_deadline(Phase::pulling);
      context_.streamers.submit(shared_from_this());
      return Step::pause;
    case AfterOutput::next_request:
      break;
  }
  return exchange_done();
}

Connection::Step Connection::exchange_done() {
  trace_id_.clear();
  const bool more_came = !carry_.empty() || transport_.has_buffered_input();
  const bool drained = context_.draining.load(std::memory_order_relaxed) && !more_came &&
                       !transport_.input_is_waiting();
  if (!keep_alive_ || drained) {
    return end();
  }
  if (carry_.empty()) {
    forget_input();
  }
  set_phase(Phase::idle, context_.options.idle_timeout);
  return more_came ? Step::again : await(IoStatus::want_read);
}

Connection::Step Connection::step_linger() {
  while (true) {
    const IoResult result = transport_.discard_input();
    discarded_ += result.size;
    if (result.status != IoStatus::done) {
      return await(result.status);
    }
    if (discarded_ > linger_bytes) {
      close();
      return Step::pause;
    }
  }
}

// One attempt, at what the socket takes: who trickles its request gets no more of our time.
void Connection::say_timeout() {
  HttpResponse response;
  response.status = 408;
  if (trace_id_.empty()) {
    trace_id_ = context_.trace_ids.next();
  }
  const ResponseHead head =
      response_head(response, {trace_id_, head_request_, http_1_0_, false, SystemClock().now()});
  static_cast<void>(transport_.write(as_bytes(head.text)));
  transport_.end_output();
  context_.handler.refused_at_the_door(peer_, response.status);
}

}  // namespace bramley
