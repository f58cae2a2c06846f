#include "server/http/request_observer.h"

#include <algorithm>
#include <cstdio>

namespace bramley {
namespace {

// The last stands for every other: a status that another server chose may be passed on.
constexpr std::array known_statuses = {200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400,
                                       401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415,
                                       417, 422, 426, 429, 431, 500, 501, 502, 503, 504, 505};

// From a poll that is answered from memory to an upload that waits for a slow disk.
const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                             0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                             1,      2.5,     5,      10,    30};
  return bounds;
}

std::string milliseconds(std::chrono::nanoseconds took) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.3f",
                                 std::chrono::duration<double, std::milli>(took).count());
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace

RequestObserver::RequestObserver(Metrics& metrics, Log& log) : metrics_(metrics), log_(log) {
  static_assert(statuses == known_statuses.size() + 1);
  const MetricInfo info{"bramley_device_refusals_total",
                        "Messages of devices that were refused, by cause."};
  constexpr std::array causes = {ErrorCode::malformed,   ErrorCode::unauthenticated,
                                 ErrorCode::forbidden,   ErrorCode::not_found,
                                 ErrorCode::conflict,    ErrorCode::unsupported,
                                 ErrorCode::unavailable, ErrorCode::internal};
  static_assert(causes.size() == refusal_causes);
  for (const ErrorCode cause : causes) {
    refusals_.at(static_cast<std::size_t>(cause)) =
        &metrics.counter(info, {{"cause", std::string(error_code_name(cause))}});
  }
}

void RequestObserver::finished(const HttpRequest& request, const RequestFacts& facts, int status,
                               std::chrono::nanoseconds took) {
  counter(facts.endpoint, facts.message, status).add();
  histogram(facts.endpoint, facts.message).observe(std::chrono::duration<double>(took).count());
  if (facts.refusal) {
    refusals_.at(static_cast<std::size_t>(*facts.refusal))->add();
  }
  if (log_.takes(LogLevel::request)) {
    write_line(request, facts, status, took);
  }
}

void RequestObserver::refused_at_the_door(int status) {
  counter(RequestEndpoint::other, RequestMessage::none, status).add();
}

void RequestObserver::write_line(const HttpRequest& request, const RequestFacts& facts, int status,
                                 std::chrono::nanoseconds took) {
  // No path and no query: an enrollment's holds its token.
  log_.write(LogLevel::request, "request",
             {{"trace_id", std::string(request.headers.find("X-Trace-Id").value_or(""))},
              {"endpoint", std::string(endpoint_name(facts.endpoint))},
              {"type", std::string(message_name(facts.message))},
              {"enrollment", facts.enrollment},
              {"status", std::to_string(status)},
              {"took_ms", milliseconds(took)},
              {"peer", request.peer.address}});
}

RequestObserver::Series& RequestObserver::series(RequestEndpoint endpoint, RequestMessage message) {
  return series_.at(static_cast<std::size_t>(endpoint)).at(static_cast<std::size_t>(message));
}

// Two threads may both make it: they get the same one.
MetricCounter& RequestObserver::counter(RequestEndpoint endpoint, RequestMessage message,
                                        int status) {
  const auto* const known = std::find(known_statuses.begin(), known_statuses.end(), status);
  auto& kept = series(endpoint, message)
                   .by_status.at(static_cast<std::size_t>(known - known_statuses.begin()));
  MetricCounter* found = kept.load(std::memory_order_acquire);
  if (found == nullptr) {
    found = &metrics_.counter(
        {"bramley_http_requests_total", "Requests answered, by endpoint, message and HTTP status."},
        {{"endpoint", std::string(endpoint_name(endpoint))},
         {"message", std::string(message_name(message))},
         {"status", known == known_statuses.end() ? "other" : std::to_string(status)}});
    kept.store(found, std::memory_order_release);
  }
  return *found;
}

MetricHistogram& RequestObserver::histogram(RequestEndpoint endpoint, RequestMessage message) {
  auto& kept = series(endpoint, message).seconds;
  MetricHistogram* found = kept.load(std::memory_order_acquire);
  if (found == nullptr) {
    found = &metrics_.histogram(
        {"bramley_http_request_seconds",
         "Time from a whole request to its response, commits included, without the network."},
        duration_bounds(),
        {{"endpoint", std::string(endpoint_name(endpoint))},
         {"message", std::string(message_name(message))}});
    kept.store(found, std::memory_order_release);
  }
  return *found;
}

}  // namespace bramley
