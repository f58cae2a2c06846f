#include "server/monitoring.h"

#include "server/process_metrics.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds census_interval(5);
constexpr std::chrono::seconds refusals_interval(10);
constexpr std::chrono::seconds drain_grace(1);

}  // namespace

Monitoring::Monitoring(Log& log, const Clock& clock)
    : log_(log),
      metrics_(make_prometheus_metrics()),
      door_log_(log, clock),
      requests_(*metrics_, log),
      webhooks_(*metrics_),
      handler_(*metrics_) {
  add_process_metrics(*metrics_);
}

void Monitoring::watch(const CommandQueue& queue) {
  census_.emplace([&queue](CommandQueue::Census& census,
                           std::int64_t rows) { return queue.count_some(census, rows); },
                  *metrics_, log_);
  census_->round();  // one bounded round, so that the first reading finds numbers
  background_.push_back(std::make_unique<Periodic>(census_interval, [this] { census_->round(); }));
  background_.push_back(
      std::make_unique<Periodic>(refusals_interval, [this] { door_log_.flush(); }));
}

Result<std::uint16_t> Monitoring::listen(ListenerEndpoint endpoint) {
  ListenerOptions options;
  options.endpoints.push_back(std::move(endpoint));
  // Prometheus asks every few seconds; whoever else asks must not take from the devices.
  options.io_threads = 1;
  options.worker_threads = 1;
  options.max_connections = 64;
  TRY_ASSIGN(listener_, Listener::start(std::move(options), handler_, log_));
  return listener_->port(0);
}

void Monitoring::reload_tls() {
  if (listener_) {
    listener_->reload_tls();
  }
}

void Monitoring::stop() {
  if (listener_) {
    listener_->drain(drain_grace);
  }
  background_.clear();
  door_log_.flush();
}

}  // namespace bramley
