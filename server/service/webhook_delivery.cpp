#include "server/service/webhook_delivery.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/base/encoding.h"

namespace bramley {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using Kind = DeliveryOutcome::Kind;

std::string status_text(int status) {
  const std::string_view reason = reason_phrase(status);
  return "HTTP " + std::to_string(status) + (reason.empty() ? "" : " ") + std::string(reason);
}

WebhookResult result_of(const Result<HttpResponse>& response) {
  if (!response) {
    return WebhookResult::unreachable;
  }
  const int kind = response->status / 100;
  return kind == 2   ? WebhookResult::delivered
         : kind == 4 ? WebhookResult::refused
                     : WebhookResult::failed;
}

}  // namespace

// What one round has done so far.
struct WebhookDelivery::Batch {
  std::vector<DeliveryOutcome> outcomes;
  // Enrollments of which an event failed here.
  std::set<std::string> held_up;
  steady_clock::time_point ends_at;
};

std::string webhook_place(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t start = host == std::string_view::npos ? 0 : host + 3;
  return std::string(url.substr(0, url.find_first_of("/?#", start)));
}

Status check_webhook_url(std::string_view url) {
  const std::string place = webhook_place(url);
  const bool is_http = place.starts_with("http://") || place.starts_with("https://");
  if (!is_http || place.ends_with("//") ||
      url.find_first_of(" \t\r\n#") != std::string_view::npos) {
    return Error{ErrorCode::malformed, "'" + std::string(url) + "' is no URL of a webhook",
                 "write it as https://hook.example.com/path"};
  }
  if (place.find('@') != std::string::npos) {
    return Error{ErrorCode::malformed, "a webhook's URL has a user in it, and would show it",
                 "let the receiver check the signature instead: --webhook-hmac-key"};
  }
  return {};
}

WebhookDelivery::WebhookDelivery(const Dependencies& with, std::string id, std::string url,
                                 DeliveryOptions options)
    : with_(with),
      url_(std::move(url)),
      id_(std::move(id)),
      options_(std::move(options)),
      owner_(random_uuid(with.random)) {}

void WebhookDelivery::start() {
  thread_ = std::thread([this] { run(); });
}

void WebhookDelivery::ask_to_stop() {
  stopping_ = true;
  with_.bell.ring();
}

void WebhookDelivery::stop() {
  ask_to_stop();
  if (thread_.joinable()) {
    thread_.join();
  }
  release();
}

void WebhookDelivery::release() {
  if (!claimed_until_) {
    return;
  }
  claimed_until_.reset();
  const Status released = with_.events.release(id_, owner_);
  // not_found: it was removed meanwhile.
  if (!released && released.error().code != ErrorCode::not_found) {
    with_.log.warn("webhook not released", {{"cause", released.error().message}});
  }
}

void WebhookDelivery::run() {
  std::uint64_t heard = 0;
  bool troubled = false;
  while (!stopping_) {
    const auto outcome = round();
    const bool removed = !outcome && outcome.error().code == ErrorCode::not_found;
    if (!outcome && !troubled && !removed) {  // of one that was removed we are told soon
      with_.log.error("webhook events not looked at",
                      {{"webhook", id_}, {"cause", outcome.error().message}});
    }
    troubled = !outcome;
    if (outcome && *outcome == Round::worked) {
      continue;
    }
    const std::uint64_t rings = with_.bell.wait(heard, options_.look_interval);
    // Not woken by every event while there is nothing that it could do about it.
    if (rings != heard && !stopping_ && outcome && *outcome != Round::idle) {
      (void)with_.bell.wait(rings, options_.look_interval);
    }
    heard = rings;
  }
  release();
  finished_ = true;
}

Result<bool> WebhookDelivery::claim() {
  const Timestamp now = with_.clock.now();
  // Renewed while enough for a batch is left: one write in a while, however many batches.
  if (claimed_until_ && now + options_.lease * 2 / 3 < *claimed_until_) {
    return true;
  }
  const Timestamp until = now + options_.lease;
  TRY_ASSIGN(const bool claimed, with_.events.claim(id_, owner_, now, until));
  claimed_until_ = claimed ? std::optional(until) : std::nullopt;
  return claimed;
}

Result<WebhookDelivery::Round> WebhookDelivery::round() {
  const Timestamp now = with_.clock.now();
  if (rest_until_ && now < *rest_until_) {
    return Round::resting;
  }
  rest_until_.reset();
  TRY_ASSIGN(auto work, with_.events.work(id_, now, options_.batch));
  if (work.due.empty() && work.fresh.empty()) {
    return Round::idle;
  }
  const bool was_ours = claimed_until_ && now < *claimed_until_;
  TRY_ASSIGN(const bool ours, claim());
  if (!ours) {
    return Round::elsewhere;
  }
  if (!was_ours) {
    // The one before us may have done some of it meanwhile.
    TRY_ASSIGN(work, with_.events.work(id_, now, options_.batch));
  }
  Batch batch{{}, {}, steady_clock::now() + options_.batch_time};
  const std::int64_t position = deliver(work, batch);
  const Status recorded = with_.events.record_outcomes(id_, owner_, work.position, position,
                                                       batch.outcomes, with_.clock.now());
  if (!recorded && recorded.error().code == ErrorCode::conflict) {
    claimed_until_.reset();  // another server's by now, or replayed: look again
    return Round::elsewhere;
  }
  TRY(recorded);
  return Round::worked;
}

std::int64_t WebhookDelivery::deliver(const WebhookWork& work, Batch& batch) {
  bool goes_on = true;
  // An ill receiver is given one event at a time, an old and a new one in turn, so that neither an
  // event that makes it ill nor a queue of them keeps it from being found well.
  const bool probing = is_ill();
  fresh_first_ = probing && !fresh_first_;
  const bool skip_due = probing && fresh_first_ && !work.fresh.empty();
  for (auto held = work.due.begin(); goes_on && !skip_due && held != work.due.end(); ++held) {
    goes_on = handle(*held, batch) && !probing;
  }
  std::int64_t position = work.position;
  for (auto fresh = work.fresh.begin(); goes_on && fresh != work.fresh.end(); ++fresh) {
    const std::string& enrollment = fresh->event.enrollment.value();
    if (fresh->behind || batch.held_up.contains(enrollment)) {
      batch.outcomes.push_back({fresh->event.number, enrollment, Kind::behind});
    } else {
      goes_on = handle({fresh->event}, batch) && !probing;
    }
    position = fresh->event.number;
  }
  return position;
}

bool WebhookDelivery::handle(const HeldEvent& held, Batch& batch) {
  const Event& event = held.event;
  const auto answer = tell(event);
  if (!answer) {
    // Its message cannot be read: the event is at fault, or our database, not the receiver.
    batch.outcomes.push_back(failed(held, {false, true, answer.error().message}));
    batch.held_up.insert(event.enrollment.value());
  } else if (answer->taken) {
    batch.outcomes.push_back({event.number, event.enrollment.value(), Kind::delivered});
    note_success();
  } else {
    batch.outcomes.push_back(failed(held, *answer));
    if (batch.outcomes.back().kind == Kind::failed) {
      batch.held_up.insert(event.enrollment.value());
    }
    note_failure(*answer);
  }
  return !stopping_ && !rest_until_ && steady_clock::now() < batch.ends_at;
}

Result<WebhookDelivery::Answer> WebhookDelivery::tell(const Event& event) {
  if (!is_told(event, options_.terms)) {
    return Answer{true, true};
  }
  auto message = with_.events.raw(event.number);
  if (!message) {
    // Swept since: there is nothing left to tell.
    return message.error().code == ErrorCode::not_found
               ? Result<Answer>(Answer{true, true})
               : Result<Answer>(std::move(message).error());
  }
  const auto began = steady_clock::now();
  const auto response = with_.http.send(webhook_request(url_, event, *message, options_.terms));
  with_.metrics.count(result_of(response));
  if (response) {
    with_.metrics.answered_in(steady_clock::now() - began);
  } else {
    return Answer{false, false, response.error().message};
  }
  const bool taken = response->status >= 200 && response->status < 300;
  return Answer{taken, true, taken ? "" : status_text(response->status)};
}

DeliveryOutcome WebhookDelivery::failed(const HeldEvent& held, const Answer& answer) {
  const Timestamp now = with_.clock.now();
  DeliveryOutcome outcome{held.event.number, held.event.enrollment.value(), Kind::failed};
  outcome.attempts = held.attempts + (answer.answered ? 1 : 0);
  outcome.first_failed_at = held.first_failed_at == Timestamp() ? now : held.first_failed_at;
  outcome.error = answer.error;
  const bool refused_for_good = answer.answered && outcome.attempts >= options_.attempts;
  if (refused_for_good || now - outcome.first_failed_at >= options_.give_up_after) {
    outcome.kind = Kind::parked;
    with_.metrics.count(WebhookResult::parked);
    with_.log.warn("event parked: the webhook does not take it",
                   {{"webhook", id_},
                    {"event", held.event.id},
                    {"enrollment", outcome.enrollment_id},
                    {"cause", outcome.error}});
  } else {
    outcome.next_at = now + delay(outcome.attempts, options_.longest_delay);
  }
  return outcome;
}

void WebhookDelivery::note_success() {
  if (is_ill()) {
    with_.log.info("webhook answers again", {{"webhook", id_}});
  }
  failures_ = 0;
  patience_ = 3;
}

void WebhookDelivery::note_failure(const Answer& answer) {
  const bool was_ill = is_ill();
  ++failures_;
  if (!answer.answered) {
    patience_ = 1;  // nobody is there: the next event would not fare better
  }
  if (!is_ill()) {
    return;
  }
  if (!was_ill) {
    with_.log.warn("webhook does not take events",
                   {{"webhook", id_}, {"at", webhook_place(url_)}, {"cause", answer.error}});
  }
  rest_until_ = with_.clock.now() + delay(failures_ - patience_ + 1, options_.longest_rest);
}

seconds WebhookDelivery::delay(std::int64_t attempts, seconds longest) {
  constexpr std::int64_t most_doublings = 20;
  const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, most_doublings);
  const seconds whole = std::min(longest, options_.first_delay * (std::int64_t{1} << doublings));
  std::array<std::uint8_t, 2> dice{};
  with_.random.fill(dice);
  // Those who failed together do not come together again.
  const std::int64_t part = (whole.count() / 2) * (dice[0] * 256 + dice[1]) / 65536;
  return whole - seconds(part);
}

}  // namespace bramley
