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
constexpr std::chrono::seconds look_interval(2);
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
      http_(make_http()) {
  set_audience({});
}

Status EventWork::start() {
  TRY(use_webhooks(clock_.now()));
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& url : settings_.webhook_urls) {
      begin(webhook_id(url), url, flag_terms(), 0);
    }
  }
  look();  // a definition that cannot be read keeps no device from being served
  // Also without listeners: what was written while there were some becomes old.
  background_.push_back(std::make_unique<Periodic>(sweep_interval, [this] { sweep(); }));
  background_.push_back(std::make_unique<Periodic>(look_interval, [this] { look(); }));
  background_.push_back(std::make_unique<Periodic>(flush_interval, [this] { flush(); }));
  background_.push_back(std::make_unique<Periodic>(measure_interval, [this] { measure(); }));
  return {};
}

EventDoor EventWork::door() {
  return {&bell_,
          http_.get(),
          flag_terms(),
          settings_.feed,
          settings_.webhook_urls,
          [this] { look(); }};
}

WebhookTerms EventWork::flag_terms() const {
  WebhookTerms terms = settings_.webhook_terms;
  terms.idle = settings_.webhook_idle ? WebhookTerms::Idle::tell : WebhookTerms::Idle::ignore;
  return terms;
}

Status EventWork::use_webhooks(Timestamp now) {
  for (const std::string& url : settings_.webhook_urls) {
    TRY(events_.use_webhook(webhook_id(url), url, now));
  }
  return events_.use_defined_webhooks(now);
}

void EventWork::begin(const std::string& id, const std::string& url, WebhookTerms terms,
                      std::int64_t revision) {
  DeliveryOptions options;
  options.terms = std::move(terms);
  Running running{revision, std::make_unique<WebhookDelivery>(
                                WebhookDelivery::Dependencies{events_, *http_, bell_, clock_,
                                                              random_, log_, metrics_},
                                id, url, std::move(options))};
  running.delivery->start();
  running_.insert_or_assign(id, std::move(running));
  log_.info("webhook in use", {{"webhook", id}, {"at", webhook_place(url)}});
}

void EventWork::retire(Running& running) {
  running.delivery->ask_to_stop();
  retired_.push_back(std::move(running.delivery));
}

void EventWork::set_audience(const std::vector<WebhookDefinition>& defined) {
  using Audience = EventAudience;
  const bool flags = !settings_.webhook_urls.empty();
  const bool webhooks = flags || !defined.empty();
  const bool idle = (flags && settings_.webhook_idle) ||
                    std::ranges::any_of(defined, [](const auto& webhook) { return webhook.idle; });
  audience_.set(settings_.feed || webhooks,
                webhooks ? Audience::Messages::keep : Audience::Messages::drop,
                idle ? Audience::Idle::tell : Audience::Idle::ignore);
}

void EventWork::look() {
  const std::lock_guard lock(mutex_);
  if (asked_to_stop_) {
    return;
  }
  const Status looked = take_up_changes();
  if (!looked && !look_failed_) {
    log_.error("webhooks not looked at", {{"cause", looked.error().message}});
  }
  look_failed_ = !looked;
}

// One that was changed is told of by a new thread: the old one's claim keeps it waiting until the
// old one is at its end, so that the order holds.
Status EventWork::take_up_changes() {
  std::erase_if(retired_, [](const auto& delivery) { return delivery->is_finished(); });
  TRY_ASSIGN(const auto defined, events_.webhook_definitions());
  set_audience(defined);
  std::set<std::string> present;
  for (const WebhookDefinition& webhook : defined) {
    present.insert(webhook.id);
    const auto known = running_.find(webhook.id);
    if (known != running_.end() && known->second.revision == webhook.revision) {
      continue;
    }
    if (known != running_.end()) {
      retire(known->second);
    }
    begin(webhook.id, webhook.url, webhook_terms(webhook), webhook.revision);
  }
  drop_all_but(present);
  return {};
}

void EventWork::drop_all_but(const std::set<std::string>& present) {
  for (auto next = running_.begin(); next != running_.end();) {
    auto& [id, running] = *next;
    if (running.revision == 0 || present.contains(id)) {
      ++next;
      continue;
    }
    log_.info("webhook no longer in use", {{"webhook", id}});
    retire(running);
    next = running_.erase(next);
  }
}

void EventWork::ask_to_stop() {
  bell_.close();
  const std::lock_guard lock(mutex_);
  asked_to_stop_ = true;
  for (const auto& [id, running] : running_) {
    running.delivery->ask_to_stop();
  }
}

void EventWork::stop() {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  ask_to_stop();
  background_.clear();
  // Nobody adds to them any more.
  for (const auto& [id, running] : running_) {
    running.delivery->stop();
  }
  for (const auto& delivery : retired_) {
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
  if (audience_.is_present()) {
    bell_.ring();
  }
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
      break;
    }
  }
  sweep_removed();
}

void EventWork::sweep_removed() {
  for (int step = 0; step < sweep_steps; ++step) {
    const auto swept = events_.sweep_webhooks(sweep_rows);
    if (!swept) {
      log_.error("what waited for removed webhooks not removed",
                 {{"cause", swept.error().message}});
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
  const auto is_ours = [&](const WebhookState& state) {
    const std::lock_guard lock(mutex_);
    return running_.contains(state.id);
  };
  std::int64_t waiting = 0;
  std::int64_t parked = 0;
  const Timestamp now = clock_.now();
  Timestamp oldest = now;
  for (const WebhookState& state : *states) {
    if (!is_ours(state)) {
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
