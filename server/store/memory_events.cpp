#include "server/store/memory_events.h"

#include <algorithm>

#include "server/store/store_errors.h"

namespace bramley {
namespace {

using Kind = DeliveryOutcome::Kind;

bool holds_up(const DeliveryOutcome& held) {
  return held.kind == Kind::failed || held.kind == Kind::behind;
}

// The oldest that is held up of an enrollment becomes the one that is tried.
template <class HeldMap>
void call_next(HeldMap& held, const std::string& enrollment, Timestamp now) {
  for (auto& [number, other] : held) {
    if (other.enrollment_id == enrollment && holds_up(other)) {
      if (other.kind == Kind::behind) {
        other.kind = Kind::failed;
        other.next_at = now;
      }
      return;
    }
  }
}

Event without_message(const Event& event) {
  Event copy = event;
  copy.raw.clear();
  return copy;
}

}  // namespace

void MemoryEvents::append(Event event) {
  if (event.topic == token_update_topic) {
    const auto* const row = std::as_const(database_).find_row(event.enrollment.value());
    event.token_update_tally = row == nullptr ? 0 : row->enrollment.token_update_tally;
  }
  event.number = events_.empty() ? 1 : events_.rbegin()->first + 1;
  events_.emplace(event.number, std::move(event));
}

Status MemoryEvents::record_with(const Event& event, const std::function<Status()>& work) {
  TRY(work());
  const std::lock_guard lock(database_.mutex);
  if (const auto earlier = soon_.of(event.enrollment.value())) {
    append(*earlier);
    soon_.written(*earlier);
  }
  append(event);
  return {};
}

Result<bool> MemoryEvents::flush() {
  const std::lock_guard lock(database_.mutex);
  for (const Event& event : soon_.some(SoonEvents::most)) {
    append(event);
    soon_.written(event);
  }
  return false;
}

Result<std::vector<Event>> MemoryEvents::after(std::int64_t after, const EventFilter& filter,
                                               std::size_t limit) const {
  const std::lock_guard lock(database_.mutex);
  std::vector<Event> found;
  for (auto next = events_.upper_bound(after); next != events_.end() && found.size() < limit;
       ++next) {
    const Event& event = next->second;
    if ((filter.enrollment_id.empty() || event.enrollment.value() == filter.enrollment_id) &&
        (filter.topic.empty() || event.topic == filter.topic)) {
      found.push_back(without_message(event));
    }
  }
  return found;
}

Result<Bytes> MemoryEvents::raw(std::int64_t number) const {
  const std::lock_guard lock(database_.mutex);
  const auto found = events_.find(number);
  return found == events_.end() ? Result<Bytes>(no_event(number)) : found->second.raw;
}

Result<std::int64_t> MemoryEvents::newest() const {
  const std::lock_guard lock(database_.mutex);
  return events_.empty() ? 0 : events_.rbegin()->first;
}

bool MemoryEvents::is_needed(std::int64_t number, Timestamp cutoff) const {
  return std::any_of(webhooks_.begin(), webhooks_.end(), [&](const Webhook& webhook) {
    const auto held = webhook.held.find(number);
    return webhook.used_at >= cutoff && (number > webhook.state.position ||
                                         (held != webhook.held.end() && holds_up(held->second)));
  });
}

Result<std::int64_t> MemoryEvents::sweep(Timestamp cutoff, std::int64_t limit) {
  const std::lock_guard lock(database_.mutex);
  std::int64_t removed = 0;
  for (auto next = events_.begin(); next != events_.end() && removed < limit;) {
    const auto& [number, event] = *next;
    if (event.created_at >= cutoff || number == events_.rbegin()->first ||
        is_needed(number, cutoff)) {
      ++next;
      continue;
    }
    for (Webhook& webhook : webhooks_) {
      webhook.held.erase(number);
    }
    next = events_.erase(next);
    ++removed;
  }
  return removed;
}

MemoryEvents::Webhook* MemoryEvents::find_webhook(std::string_view id) {
  const auto found = std::ranges::find_if(
      webhooks_, [&](const Webhook& webhook) { return webhook.state.id == id; });
  return found == webhooks_.end() ? nullptr : &*found;
}

const MemoryEvents::Webhook* MemoryEvents::find_webhook(std::string_view id) const {
  const auto found = std::ranges::find_if(
      webhooks_, [&](const Webhook& webhook) { return webhook.state.id == id; });
  return found == webhooks_.end() ? nullptr : &*found;
}

WebhookState MemoryEvents::counted(const Webhook& webhook) const {
  WebhookState state = webhook.state;
  for (const auto& [number, held] : webhook.held) {
    ++(held.kind == Kind::parked ? state.parked : state.waiting);
  }
  const auto fresh = events_.upper_bound(state.position);
  state.behind = std::distance(fresh, events_.end());
  const auto waiting = std::ranges::find_if(
      webhook.held, [](const auto& held) { return held.second.kind == Kind::failed; });
  if (waiting != webhook.held.end()) {
    state.oldest_at = events_.at(waiting->first).created_at;
  } else if (fresh != events_.end()) {
    state.oldest_at = fresh->second.created_at;
  }
  return state;
}

HeldEvent MemoryEvents::held_event(const Held& held) const {
  return {without_message(events_.at(held.number)), held.attempts, held.first_failed_at,
          held.error};
}

Status MemoryEvents::use_webhook(std::string_view id, std::string_view url, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  if (Webhook* const known = find_webhook(id)) {
    known->used_at = now;
    return {};
  }
  Webhook webhook{{std::string(id), std::string(url)}, now, {}, {}, {}};
  webhook.state.position = events_.empty() ? 0 : events_.rbegin()->first;
  webhooks_.push_back(std::move(webhook));
  return {};
}

Result<std::vector<WebhookState>> MemoryEvents::webhooks() const {
  const std::lock_guard lock(database_.mutex);
  std::vector<WebhookState> states;
  states.reserve(webhooks_.size());
  for (const Webhook& webhook : webhooks_) {
    states.push_back(counted(webhook));
  }
  return states;
}

Result<WebhookState> MemoryEvents::webhook(std::string_view id) const {
  const std::lock_guard lock(database_.mutex);
  const Webhook* const webhook = find_webhook(id);
  return webhook == nullptr ? Result<WebhookState>(no_webhook(id)) : counted(*webhook);
}

Status MemoryEvents::set_flow(std::string_view id, Flow flow) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  webhook->state.paused = flow == Flow::paused;
  return {};
}

Result<bool> MemoryEvents::claim(std::string_view id, std::string_view owner, Timestamp now,
                                 Timestamp until) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  if (webhook->claimed_by != owner && webhook->claimed_until >= now &&
      !webhook->claimed_by.empty()) {
    return false;
  }
  webhook->claimed_by = owner;
  webhook->claimed_until = until;
  return true;
}

Status MemoryEvents::release(std::string_view id, std::string_view owner) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  if (webhook->claimed_by == owner) {
    webhook->claimed_by.clear();
  }
  return {};
}

Result<WebhookWork> MemoryEvents::work(std::string_view id, Timestamp now,
                                       std::size_t limit) const {
  const std::lock_guard lock(database_.mutex);
  const Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  WebhookWork work;
  work.position = webhook->state.position;
  work.paused = webhook->state.paused;
  if (work.paused) {
    return work;
  }
  std::set<std::string> held_up;
  for (const auto& [number, held] : webhook->held) {
    if (held.kind == Kind::failed && held.next_at <= now && work.due.size() < limit) {
      work.due.push_back(held_event(held));
    }
    if (holds_up(held)) {
      held_up.insert(held.enrollment_id);
    }
  }
  for (auto next = events_.upper_bound(work.position);
       next != events_.end() && work.fresh.size() < limit; ++next) {
    work.fresh.push_back(
        {without_message(next->second), held_up.contains(next->second.enrollment.value())});
  }
  return work;
}

Status MemoryEvents::record_outcomes(std::string_view id, std::string_view owner, std::int64_t from,
                                     std::int64_t to, const std::vector<DeliveryOutcome>& outcomes,
                                     Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  if (webhook->claimed_by != owner || webhook->state.position != from) {
    return webhook_moved(id);
  }
  webhook->state.position = to;
  for (const DeliveryOutcome& outcome : outcomes) {
    webhook->held.erase(outcome.number);
    if (outcome.kind == Kind::delivered) {
      webhook->state.delivered_at = now;
    } else {
      webhook->held.emplace(outcome.number, outcome);
    }
    if (outcome.kind != Kind::failed) {
      call_next(webhook->held, outcome.enrollment_id, now);
    }
    if (!outcome.error.empty()) {
      webhook->state.failed_at = now;
      webhook->state.last_error = outcome.error;
    }
  }
  return {};
}

Result<std::vector<HeldEvent>> MemoryEvents::parked(std::string_view id, std::int64_t after,
                                                    std::size_t limit) const {
  const std::lock_guard lock(database_.mutex);
  const Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  std::vector<HeldEvent> events;
  for (auto next = webhook->held.upper_bound(after);
       next != webhook->held.end() && events.size() < limit; ++next) {
    if (next->second.kind == Kind::parked) {
      events.push_back(held_event(next->second));
    }
  }
  return events;
}

Result<std::int64_t> MemoryEvents::replay_parked(std::string_view id, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  std::int64_t replayed = 0;
  std::set<std::string> enrollments;
  for (auto& [number, held] : webhook->held) {
    if (held.kind == Kind::parked) {
      held.kind = Kind::behind;
      held.attempts = 0;
      held.first_failed_at = {};
      enrollments.insert(held.enrollment_id);
      ++replayed;
    }
  }
  for (auto& [number, held] : webhook->held) {
    if (enrollments.contains(held.enrollment_id)) {
      held.kind = Kind::behind;
    }
  }
  for (const std::string& enrollment : enrollments) {
    call_next(webhook->held, enrollment, now);
  }
  return replayed;
}

Status MemoryEvents::replay_after(std::string_view id, std::int64_t number) {
  const std::lock_guard lock(database_.mutex);
  Webhook* const webhook = find_webhook(id);
  if (webhook == nullptr) {
    return no_webhook(id);
  }
  webhook->held.erase(webhook->held.upper_bound(number), webhook->held.end());
  webhook->state.position = std::min(number, webhook->state.position);
  return {};
}

}  // namespace bramley
