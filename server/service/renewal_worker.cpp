#include "server/service/renewal_worker.h"

#include <algorithm>
#include <array>

#include "core/plist/plist_document.h"
#include "server/service/renewal_command.h"
#include "server/service/renewal_service.h"

namespace bramley {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// So many a step: a whole fleet whose identities end on one day is spread over hours.
constexpr std::int64_t begun_at_once = 20;
constexpr std::size_t looked_at_once = 100;
constexpr std::size_t uses_at_once = 500;
// How often one that waits for its device is looked at without a hint.
constexpr hours look_interval{1};
constexpr hours unused_interval{24};
// A crash between the two steps of queueing is mended after this.
constexpr minutes queueing_time{1};
constexpr seconds count_interval{15};

// What a device says went wrong: for people, and bounded.
std::string reason_in(const CommandDelivery& delivery) {
  std::string text = "the device answered " + delivery.status_text;
  if (const auto report = parse_plist_dictionary(delivery.report)) {
    for (const ReportedError& link : error_chain(*report)) {
      text += ": " + link.domain + " " + std::to_string(link.code) + " " + link.description;
    }
  }
  constexpr std::size_t most = 500;
  text.resize(std::min(text.size(), most));
  return text;
}

}  // namespace

Timestamp renewal_horizon(const RenewalTerms& terms, Timestamp authority_end, Timestamp now) {
  const seconds before = std::min(terms.before, terms.validity / 3);
  const Timestamp next_end = std::min<Timestamp>(now + terms.validity, authority_end);
  return std::min<Timestamp>(now + before, next_end - before);
}

Timestamp renewal_late_before(const RenewalTerms& terms, Timestamp now) {
  return now + std::min(terms.before, terms.validity / 3) / 4;
}

std::chrono::seconds renewal_retry_delay(std::int64_t attempts) {
  constexpr std::array delays = {seconds(minutes(10)), seconds(hours(1)), seconds(hours(4)),
                                 seconds(hours(12)), seconds(hours(24))};
  const auto step = std::clamp<std::int64_t>(attempts - 1, 0, delays.size() - 1);
  return delays.at(static_cast<std::size_t>(step));
}

RenewalWorker::RenewalWorker(RenewalTerms terms, const Ports& ports)
    : terms_(terms),
      ports_(ports),
      begun_(counter("begun")),
      sent_(counter("sent")),
      failed_(counter("failed")),
      acknowledged_(counter("acknowledged")),
      retired_(counter("done")),
      late_(ports_.metrics.gauge(
          {"bramley_renewals_late",
           "Open renewals of identities that are near their end, or past it."})) {
  for (const auto state : {RenewalState::due, RenewalState::sent, RenewalState::failed,
                           RenewalState::proving, RenewalState::proven}) {
    in_state_.emplace_back(
        state, ports_.metrics.gauge(
                   {"bramley_renewals", "Renewals of identities that are not over, by state."},
                   {{"state", std::string(renewal_state_name(state))}}));
  }
}

MetricCounter& RenewalWorker::counter(const std::string& event) {
  return ports_.metrics.counter(
      {"bramley_renewal_steps_total", "Steps of identity renewals, by what happened."},
      {{"step", event}});
}

void RenewalWorker::step() {
  note_uses();
  take_up_faults();
  take_up_answers();
  look_at_due();
  begin_expiring();
  count();
}

void RenewalWorker::note_uses() {
  auto uses = ports_.hints.take_uses(uses_at_once);
  if (uses.empty()) {
    return;
  }
  const Status noted = ports_.store.renewals().note_uses(uses);
  log_trouble(noted, "");
  if (!noted) {
    ports_.hints.put_back(std::move(uses));
  }
}

void RenewalWorker::take_up_answers() {
  for (const std::string& device : ports_.hints.take_answers(looked_at_once)) {
    const auto renewal = ports_.store.renewals().find(device);
    if (renewal && *renewal && (*renewal)->state == RenewalState::sent) {
      log_trouble(advance(**renewal), device);
    }
  }
}

void RenewalWorker::take_up_faults() {
  for (const RenewalHints::Fault& fault : ports_.hints.take_faults()) {
    const auto found = ports_.store.renewals().find(fault.device_id);
    if (found && *found && (*found)->state == RenewalState::sent &&
        (*found)->command_uuid == fault.command_uuid) {
      log_trouble(fail(**found, "the profile could not be made: " + fault.text), fault.device_id);
    } else if (found) {
      // It belongs to a renewal that is over.
      const auto cancelled =
          ports_.store.commands().cancel(fault.command_uuid, fault.device_id, ports_.clock.now());
      log_trouble(cancelled ? Status() : Status(cancelled.error()), fault.device_id);
    }
  }
}

void RenewalWorker::look_at_due() {
  const auto due = ports_.store.renewals().due(ports_.clock.now(), looked_at_once);
  if (!due) {
    log_trouble(due.error(), "");
    return;
  }
  for (const Renewal& renewal : *due) {
    log_trouble(advance(renewal), renewal.device_id);
  }
}

void RenewalWorker::begin_expiring() {
  const auto authority = ports_.credentials.scep_authority();
  if (terms_.before.count() <= 0 || authority == nullptr) {
    return;
  }
  const Timestamp now = ports_.clock.now();
  const auto opened = ports_.store.renewals().open_expiring(
      renewal_horizon(terms_, authority->certificate().not_after(), now), now, begun_at_once);
  if (!opened) {
    log_trouble(opened.error(), "");
  } else if (*opened > 0) {
    begun_.add(static_cast<double>(*opened));
    ports_.log.info("identity renewals begin", {{"count", std::to_string(*opened)}});
  }
}

void RenewalWorker::count() {
  const Timestamp now = ports_.clock.now();
  if (counted_at_ && now >= *counted_at_ && now < *counted_at_ + count_interval) {
    return;
  }
  counted_at_ = now;
  const auto counts = ports_.store.renewals().count(renewal_late_before(terms_, now));
  if (!counts) {
    log_trouble(counts.error(), "");
    return;
  }
  for (auto& [state, gauge] : in_state_) {
    const auto found = counts->by_state.find(state);
    gauge.set(found == counts->by_state.end() ? 0 : static_cast<double>(found->second));
  }
  late_.set(static_cast<double>(counts->late));
}

Status RenewalWorker::advance(const Renewal& renewal) {
  switch (renewal.state) {
    case RenewalState::due:
    case RenewalState::failed:
      return send(renewal);
    case RenewalState::sent:
      return look_at_sent(renewal);
    case RenewalState::proving:
      return look_at_unused(renewal);
    case RenewalState::proven:
      return retire(renewal);
    case RenewalState::done:
    case RenewalState::cancelled:
      break;
  }
  return {};
}

// First the note of what is queued, so that a crash leaves no InstallProfile that is nobody's.
Status RenewalWorker::send(const Renewal& renewal) {
  const std::string uuid = new_renewal_uuid(ports_.random);
  TRY_ASSIGN(const bool ours,
             ports_.store.renewals().change(
                 renewal, {RenewalState::sent, ports_.clock.now() + queueing_time, uuid,
                           renewal.attempts + 1, renewal.failed_at, renewal.error}));
  if (!ours) {
    return {};
  }
  sent_.add();
  TRY_ASSIGN(const auto sent, ports_.store.renewals().find(renewal.device_id));
  return sent ? enqueue(*sent, uuid) : Status();
}

Status RenewalWorker::enqueue(const Renewal& renewal, const std::string& uuid) {
  TRY_ASSIGN(const auto command, waiting_renewal_command(uuid));
  const std::vector<std::string> target{renewal.device_id};
  CommandTerms terms;
  terms.push.by = PushOrder::By::dispatcher;
  auto refused = ports_.store.commands().enqueue(target, command, ports_.clock.now(), terms);
  if (!refused && refused.error().code == ErrorCode::conflict) {
    return fail(renewal, "its command was lost");
  }
  TRY(refused);
  if (!refused->empty()) {
    TRY(ports_.store.renewals().change(renewal, {RenewalState::cancelled,
                                                 {},
                                                 uuid,
                                                 renewal.attempts,
                                                 ports_.clock.now(),
                                                 refused->front().error.message}));
    return {};
  }
  ports_.log.info("identity renewal sent",
                  {{"enrollment", renewal.device_id}, {"command_uuid", uuid}});
  ports_.pushes.wake();
  return wait_on(renewal);
}

Status RenewalWorker::look_at_sent(const Renewal& renewal) {
  const std::string& uuid = renewal.command_uuid;
  TRY_ASSIGN(const auto delivery, ports_.store.commands().result(uuid, renewal.device_id));
  if (!delivery) {
    return enqueue(renewal, uuid);
  }
  switch (delivery->state) {
    case CommandState::pending:
    case CommandState::not_now:
      return wait_on(renewal);
    case CommandState::acknowledged: {
      const Timestamp now = ports_.clock.now();
      acknowledged_.add();
      ports_.log.info("identity renewal acknowledged", {{"enrollment", renewal.device_id}});
      TRY(ports_.store.renewals().acknowledge(renewal, now, now + unused_interval));
      return {};
    }
    case CommandState::stuck:
      return fail(renewal, "the profile was delivered many times and never answered");
    case CommandState::cancelled:
      return fail(renewal, "its command was cancelled");
    case CommandState::cleared:
    case CommandState::expired:
      return fail(renewal, "its command was dropped");
    case CommandState::error:
    case CommandState::command_format_error:
    case CommandState::other:
      break;
  }
  return fail(renewal, reason_in(*delivery));
}

// The command stays in the queue, which offers it again with a fresh challenge; that it was
// delivered and not answered is shown.
Status RenewalWorker::wait_on(const Renewal& renewal) {
  const Timestamp now = ports_.clock.now();
  RenewalChange change{RenewalState::sent, now + look_interval, renewal.command_uuid,
                       renewal.attempts,   renewal.failed_at,   renewal.error};
  const auto& delivered = renewal.delivered_at;
  if (delivered && *delivered + renewal_challenge_ttl <= now &&
      (!renewal.failed_at || *renewal.failed_at < *delivered)) {
    change.failed_at = now;
    change.error = "the profile was delivered at " + format_rfc3339(*delivered) +
                   " and its challenge expired without an answer";
    failed_.add();
    ports_.log.warn("identity renewal not answered", {{"enrollment", renewal.device_id}});
  }
  TRY(ports_.store.renewals().change(renewal, change));
  return {};
}

// Acknowledged, and yet the device goes on with the old certificate. One that was not heard of
// since is waited for.
Status RenewalWorker::look_at_unused(const Renewal& renewal) {
  const Timestamp now = ports_.clock.now();
  if (renewal.origin == RenewalOrigin::device) {
    TRY(ports_.store.renewals().change(
        renewal, {RenewalState::cancelled, {}, "", 0, now, "the new certificate was never used"}));
    return {};
  }
  TRY_ASSIGN(const auto enrollment, ports_.store.enrollments().find(renewal.device_id));
  const bool was_heard = enrollment && enrollment->last_seen_at && renewal.acknowledged_at &&
                         *enrollment->last_seen_at > *renewal.acknowledged_at + look_interval;
  if (was_heard) {
    return fail(renewal, "the profile was acknowledged, but the new certificate was not used");
  }
  TRY(ports_.store.renewals().change(
      renewal, {RenewalState::proving, now + unused_interval, renewal.command_uuid,
                renewal.attempts, renewal.failed_at, renewal.error}));
  return {};
}

Status RenewalWorker::fail(const Renewal& renewal, const std::string& text) {
  const Timestamp now = ports_.clock.now();
  const Timestamp next = now + renewal_retry_delay(renewal.attempts);
  TRY_ASSIGN(const bool ours, ports_.store.renewals().change(
                                  renewal, {RenewalState::failed, next, renewal.command_uuid,
                                            renewal.attempts, now, text}));
  if (!ours) {
    return {};
  }
  failed_.add();
  ports_.log.warn("identity renewal failed", {{"enrollment", renewal.device_id},
                                              {"attempts", std::to_string(renewal.attempts)},
                                              {"again_at", format_rfc3339(next)},
                                              {"cause", text}});
  const auto cancelled =
      ports_.store.commands().cancel(renewal.command_uuid, renewal.device_id, now);
  if (!cancelled && cancelled.error().code != ErrorCode::not_found) {
    return std::move(cancelled).error();
  }
  return {};
}

Status RenewalWorker::retire(const Renewal& renewal) {
  TRY_ASSIGN(const bool ours, ports_.store.renewals().retire(renewal, ports_.clock.now()));
  if (ours) {
    retired_.add();
    ports_.log.info(
        "old identity revoked",
        {{"enrollment", renewal.device_id},
         {"certificate", renewal.old_certificate ? renewal.old_certificate->hex() : ""}});
  }
  return {};
}

void RenewalWorker::log_trouble(const Status& status, const std::string& device_id) {
  if (!status) {
    ports_.log.error("identity renewal not taken further",
                     {{"enrollment", device_id}, {"cause", status.error().message}});
  }
}

}  // namespace bramley
