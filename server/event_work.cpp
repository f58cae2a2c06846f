#include "server/event_work.h"

#include <algorithm>

#include "core/base/version.h"
#include "core/net/curl_http_client.h"

namespace bramley {
namespace {

// A stop has ten seconds.
constexpr std::chrono::milliseconds request_timeout(7000);
// Nobody reads what a webhook answers.
constexpr std::size_t answer_limit = 1U << 20U;
constexpr std::chrono::seconds flush_interval(1);
constexpr std::chrono::seconds sweep_interval(60);
constexpr std::chrono::seconds measure_interval(5);
// Rows a step: devices' writes in between hardly wait.
constexpr std::int64_t sweep_rows = 500;
constexpr int sweep_steps = 20;

std::unique_ptr<HttpClient> make_http() {
  HttpClientOptions options;
  options.total_timeout = request_timeout;
  options.connect_timeout = request_timeout;
  options.response_limit = answer_limit;
  options.user_agent = "bramley/" + std::string(program_version);
  return std::make_unique<CurlHttpClient>(std::move(options));
}

}  // namespace

EventWork::EventWork(EventSettings settings, EventStore& events, const Clock& clock, Random& random,
                     Log& log, WebhookMetrics& metrics)
    : settings_(std::move(settings)),
      events_(events),
      clock_(clock),
      random_(random),
      log_(log),
      metrics_(metrics),
      http_(make_http()) {}

Status EventWork::start() {
  TRY(use_webhooks(clock_.now()));
  for (const std::string& url : settings_.webhook_urls) {
    DeliveryOptions options;
    options.terms = settings_.webhook_terms;
    deliveries_.push_back(std::make_unique<WebhookDelivery>(
        WebhookDelivery::Dependencies{events_, *http_, bell_, clock_, random_, log_, metrics_}, url,
        std::move(options)));
    deliveries_.back()->start();
    log_.info("webhook in use",
              {{"webhook", deliveries_.back()->id()}, {"at", webhook_place(url)}});
  }
  // Also without listeners: what was written while there were some becomes old.
  background_.push_back(std::make_unique<Periodic>(sweep_interval, [this] { sweep(); }));
  if (!settings_.webhook_urls.empty()) {
    background_.push_back(std::make_unique<Periodic>(flush_interval, [this] { flush(); }));
    background_.push_back(std::make_unique<Periodic>(measure_interval, [this] { measure(); }));
  }
  return {};
}

Status EventWork::use_webhooks(Timestamp now) {
  for (const std::string& url : settings_.webhook_urls) {
    TRY(events_.use_webhook(webhook_id(url), url, now));
  }
  return {};
}

void EventWork::ask_to_stop() {
  bell_.close();
  for (const auto& delivery : deliveries_) {
    delivery->ask_to_stop();
  }
}

void EventWork::stop() {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  ask_to_stop();
  background_.clear();
  for (const auto& delivery : deliveries_) {
    delivery->stop();
  }
  flush();
}

void EventWork::flush() {
  bool more = true;
  while (more) {
    const auto flushed = events_.flush();
    if (!flushed) {
      log_.error("events of idle devices not written", {{"cause", flushed.error().message}});
      return;
    }
    more = *flushed;
  }
  bell_.ring();
}

void EventWork::sweep() {
  const Timestamp now = clock_.now();
  // Each time: events that a webhook waits for stay only as long as it was in use since the cutoff,
  // however short the retention is.
  if (const Status used = use_webhooks(now); !used) {
    log_.error("webhooks not noted as in use", {{"cause", used.error().message}});
    return;
  }
  for (int step = 0; step < sweep_steps; ++step) {
    const auto swept = events_.sweep(now - settings_.retention, sweep_rows);
    if (!swept) {
      log_.error("old events not removed", {{"cause", swept.error().message}});
      return;
    }
    if (*swept < sweep_rows) {
      return;
    }
  }
}

void EventWork::measure() {
  const auto states = events_.webhooks();
  if (!states) {
    return;  // the deliveries say so
  }
  std::int64_t waiting = 0;
  std::int64_t parked = 0;
  const Timestamp now = clock_.now();
  Timestamp oldest = now;
  for (const WebhookState& state : *states) {
    if (std::ranges::find(settings_.webhook_urls, state.url) == settings_.webhook_urls.end()) {
      continue;  // of another time: nobody delivers to it
    }
    waiting += state.waiting + state.behind;
    parked += state.parked;
    oldest = std::min(oldest, state.oldest_at.value_or(now));
  }
  metrics_.set_waiting(static_cast<std::size_t>(waiting));
  metrics_.set_parked(static_cast<std::size_t>(parked));
  metrics_.set_lag(std::chrono::duration_cast<std::chrono::seconds>(now - oldest));
}

}  // namespace bramley
