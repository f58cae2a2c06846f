#include "server/http/traffic_dump.h"

#include <algorithm>

#include "server/http/limits.h"
#include "server/service/message_secrets.h"

namespace bramley {
namespace {

// What a stranger wrote goes to a terminal: on one line, without control characters.
std::string plain(std::string_view text) {
  constexpr std::size_t longest = 256;
  std::string shown(text.substr(0, longest));
  std::ranges::replace_if(shown, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return shown;
}

Bytes shown_part(const Bytes& body) {
  return body.size() <= limits::dumped_body ? body : Bytes();
}

void append_body(std::string& text, std::string_view type, std::size_t size, const Bytes& body) {
  if (size == 0) {
    text.append("(no body)\n");
    return;
  }
  const std::string what =
      std::to_string(size) + " bytes" + (type.empty() ? std::string() : " of " + plain(type));
  const Bytes xml = body.empty() ? Bytes() : with_secrets_masked(body);
  if (xml.empty()) {
    text.append("(" + what + ", not shown: ")
        .append(body.empty() ? "too large" : "no property list")
        .append(")\n");
    return;
  }
  text.append("(" + what + ")\n").append(as_text(xml));
  if (text.back() != '\n') {
    text.push_back('\n');
  }
}

}  // namespace

std::size_t TrafficDump::Exchange::weight() const {
  return sizeof(Exchange) + request.size() + response.size() + first_line.size();
}

TrafficDump::TrafficDump(Sink sink, const Clock& clock)
    : sink_(std::move(sink)), clock_(clock), thread_([this] { run(); }) {}

void TrafficDump::note(const HttpRequest& request, const RequestFacts& facts,
                       const HttpResponse& response) {
  Exchange exchange;
  exchange.at = clock_.now();
  exchange.trace_id = request.headers.find("X-Trace-Id").value_or("");
  exchange.peer = request.peer.address;
  // Without the query, which may hold a secret.
  exchange.first_line = request.method + " " + std::string(request.raw_path());
  exchange.enrollment = facts.enrollment;
  exchange.request_type = request.headers.find("Content-Type").value_or("");
  exchange.request_size = request.body.size();
  exchange.request = shown_part(request.body);
  exchange.status = response.status;
  exchange.response_type = response.headers.find("Content-Type").value_or("");
  exchange.response_size = response.body.size();
  exchange.response = shown_part(response.body);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_bytes_ + exchange.weight() > limits::waiting_dump) {
      ++left_out_;
      return;
    }
    waiting_bytes_ += exchange.weight();
    waiting_.push_back(std::move(exchange));
  }
  work_.notify_one();
}

void TrafficDump::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TrafficDump::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      return;
    }
    const Exchange exchange = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= exchange.weight();
    const auto left_out = std::exchange(left_out_, 0);
    lock.unlock();
    std::string text = text_of(exchange);
    if (left_out > 0) {
      text.append("=== " + std::to_string(left_out) + " exchanges left out: too many at once\n\n");
    }
    sink_(text);
    lock.lock();
  }
}

std::string TrafficDump::text_of(const Exchange& exchange) {
  std::string text = "=== " + format_rfc3339(exchange.at) + " " + plain(exchange.trace_id) + " " +
                     plain(exchange.peer) + " " + plain(exchange.first_line);
  if (!exchange.enrollment.empty()) {
    text.append(" enrollment=" + plain(exchange.enrollment));
  }
  text.append("\n");
  append_body(text, exchange.request_type, exchange.request_size, exchange.request);
  text.append("--- " + std::to_string(exchange.status) + "\n");
  append_body(text, exchange.response_type, exchange.response_size, exchange.response);
  text.append("\n");
  return text;
}

}  // namespace bramley
