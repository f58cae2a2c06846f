// The half of SqlEvents that knows how far each webhook is; sql_events.cpp has the events.

#include <algorithm>

#include "server/store/sql_event_rows.h"
#include "server/store/sql_events.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

// The numbers are in databases out there.
enum class HeldState { waiting = 0, parked = 1, behind = 2 };

struct InsertWebhook {
  using In = SqlTypes<SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO webhooks (id, url, position, paused, used_at, claimed_by, claimed_until, "
      "last_error) VALUES (:id, :url, (SELECT COALESCE(MAX(event_key), 0) FROM events), 0, :now, "
      "'', 0, '')";
};
struct NoteUse {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "UPDATE webhooks SET used_at = :now WHERE id = :id";
};
using WebhookColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber, SqlNumber,
                                std::optional<SqlNumber>, std::optional<SqlNumber>, SqlText>;
struct AllWebhooks {
  using In = SqlTypes<>;
  using Out = WebhookColumns;
  static constexpr std::string_view sql =
      "SELECT webhook_key, id, url, position, paused, delivered_at, failed_at, last_error "
      "FROM webhooks WHERE removed_at IS NULL ORDER BY webhook_key";
};
struct OneWebhook {
  using In = SqlTypes<SqlText>;
  using Out = WebhookColumns;
  static constexpr std::string_view sql =
      "SELECT webhook_key, id, url, position, paused, delivered_at, failed_at, last_error "
      "FROM webhooks WHERE id = :id AND removed_at IS NULL";
};
struct CountHeld {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT state, COUNT(*) FROM held_events WHERE webhook_key = :key GROUP BY state";
};
// Not counted: there may be millions, and their messages lie between. Numbers follow each other,
// but where some of those that a webhook of another time was not told were swept.
struct FirstAndLastEvent {
  using In = SqlTypes<>;
  using Out = SqlTypes<std::optional<SqlNumber>, std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT (SELECT MIN(event_key) FROM events), (SELECT MAX(event_key) FROM events)";
};
struct OldestBehind {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT created_at FROM events WHERE event_key > :position ORDER BY event_key LIMIT 1";
};
// Whatever is behind one of its enrollment is younger.
struct OldestWaiting {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT e.created_at FROM held_events h JOIN events e ON e.event_key = h.event_key "
      "WHERE h.webhook_key = :webhook AND h.state = 0 ORDER BY h.event_key LIMIT 1";
};
struct SetPaused {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET paused = :paused WHERE id = :id AND removed_at IS NULL";
};
struct Claim {
  using In = SqlTypes<SqlText, SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET claimed_by = :owner, claimed_until = :until WHERE id = :id "
      "AND (claimed_by = :same OR claimed_until < :now)";
};
struct Release {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET claimed_by = '', claimed_until = 0 WHERE id = :id "
      "AND claimed_by = :owner";
};
using HeldColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlText, SqlNumber, SqlNumber,
                             SqlText, SqlText, SqlNumber, SqlText, SqlNumber, SqlNumber, SqlText>;
struct DueEvents {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = HeldColumns;
  static constexpr std::string_view sql =
      "SELECT e.event_key, e.id, e.topic, e.enrollment_id, e.device_id, e.type, e.created_at, "
      "e.status, e.command_uuid, e.token_update_tally, e.query, h.attempts, h.first_failed_at, "
      "h.error FROM held_events h JOIN events e ON e.event_key = h.event_key "
      "WHERE h.webhook_key = :webhook AND h.state = 0 AND h.next_at <= :now "
      "ORDER BY h.event_key LIMIT :limit";
};
struct ParkedEvents {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = HeldColumns;
  static constexpr std::string_view sql =
      "SELECT e.event_key, e.id, e.topic, e.enrollment_id, e.device_id, e.type, e.created_at, "
      "e.status, e.command_uuid, e.token_update_tally, e.query, h.attempts, h.first_failed_at, "
      "h.error FROM held_events h JOIN events e ON e.event_key = h.event_key "
      "WHERE h.webhook_key = :webhook AND h.state = 1 AND h.event_key > :after "
      "ORDER BY h.event_key LIMIT :limit";
};
struct FreshEvents {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = EventColumns;
  static constexpr std::string_view sql =
      "SELECT event_key, id, topic, enrollment_id, device_id, type, created_at, status, "
      "command_uuid, token_update_tally, query FROM events WHERE event_key > :after "
      "ORDER BY event_key LIMIT :limit";
};
struct IsHeldUp {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT event_key FROM held_events WHERE webhook_key = :webhook "
      "AND enrollment_id = :enrollment AND state IN (0, 2) LIMIT 1";
};
struct Advance {
  using In = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET position = :next WHERE id = :id AND claimed_by = :owner "
      "AND position = :was";
};
struct DeleteHeld {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM held_events WHERE event_key = :event AND webhook_key = :webhook";
};
struct InsertHeld {
  using In =
      SqlTypes<SqlNumber, SqlNumber, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO held_events (event_key, webhook_key, enrollment_id, state, attempts, "
      "first_failed_at, next_at, error) VALUES (:event, :webhook, :enrollment, :state, :attempts, "
      ":first, :next, :error)";
};
struct FirstHeldUp {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT event_key, state FROM held_events WHERE webhook_key = :webhook "
      "AND enrollment_id = :enrollment AND state IN (0, 2) ORDER BY event_key LIMIT 1";
};
struct MakeDue {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE held_events SET state = 0, next_at = :now WHERE event_key = :event "
      "AND webhook_key = :webhook";
};
struct NoteDelivery {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "UPDATE webhooks SET delivered_at = :now WHERE id = :id";
};
struct NoteFailure {
  using In = SqlTypes<SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE webhooks SET failed_at = :now, last_error = :error WHERE id = :id";
};
struct ParkedEnrollments {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT DISTINCT enrollment_id FROM held_events WHERE webhook_key = :webhook AND state = 1";
};
// The one that was at the front of its enrollment may no longer be.
struct Unpark {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE held_events SET state = 2, attempts = 0, first_failed_at = 0 WHERE webhook_key = "
      ":webhook AND state = 1";
};
struct StepBehind {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE held_events SET state = 2 WHERE webhook_key = :webhook AND enrollment_id = "
      ":enrollment AND state = 0";
};
struct SetPosition {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "UPDATE webhooks SET position = :position WHERE id = :id";
};
struct DeleteHeldAfter {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM held_events WHERE webhook_key = :webhook AND event_key > :after";
};

struct WebhookRow {
  SqlNumber key;
  WebhookState state;
};
WebhookRow webhook_of(WebhookColumns row) {
  auto& [key, id, url, position, paused, delivered_at, failed_at, error] = row;
  WebhookRow result{key, {std::move(id), std::move(url), position, paused != 0}};
  result.state.delivered_at = time_of(delivered_at);
  result.state.failed_at = time_of(failed_at);
  result.state.last_error = std::move(error);
  return result;
}

template <class Sql>
Result<WebhookRow> find_webhook(Sql& sql, std::string_view id) {
  auto row = sql.template one<OneWebhook>(std::string(id));
  if (!row) {
    return no_webhook(id);
  }
  return webhook_of(*std::move(row));
}

WebhookState counted(SqlConnection& sql, WebhookRow webhook) {
  WebhookState state = std::move(webhook.state);
  sql.each<CountHeld>(
      [&](CountHeld::Out row) {
        const auto& [held, count] = row;
        (held == number_of(HeldState::parked) ? state.parked : state.waiting) += count;
      },
      webhook.key);
  if (const auto ends = sql.one<FirstAndLastEvent>(); ends && std::get<0>(*ends)) {
    const SqlNumber before = std::max<SqlNumber>(state.position, *std::get<0>(*ends) - 1);
    state.behind = std::max<SqlNumber>(std::get<1>(*ends).value_or(0) - before, 0);
  }
  auto oldest = sql.one<OldestWaiting>(webhook.key);
  if (!oldest) {
    oldest = sql.one<OldestBehind>(state.position);
  }
  if (oldest) {
    state.oldest_at = time_of(std::get<0>(*oldest));
  }
  return state;
}

HeldEvent held_of(HeldColumns row) {
  auto [number, id, topic, enrollment, device, type, created_at, status, command, tally, query,
        attempts, first_failed_at, error] = std::move(row);
  return {
      event_of({number, std::move(id), std::move(topic), std::move(enrollment), std::move(device),
                type, created_at, std::move(status), std::move(command), tally, std::move(query)}),
      attempts, time_of(first_failed_at), std::move(error)};
}

// The oldest that is held up of an enrollment becomes the one that is tried.
void call_next(WriteTransaction& transaction, SqlNumber webhook, const std::string& enrollment,
               SqlNumber now) {
  const auto first = transaction.one<FirstHeldUp>(webhook, enrollment);
  if (first && std::get<1>(*first) == number_of(HeldState::behind)) {
    transaction.run<MakeDue>(now, std::get<0>(*first), webhook);
  }
}

void record(WriteTransaction& transaction, SqlNumber webhook, const DeliveryOutcome& outcome,
            SqlNumber now) {
  using Kind = DeliveryOutcome::Kind;
  transaction.run<DeleteHeld>(outcome.number, webhook);
  if (outcome.kind != Kind::delivered) {
    const auto state = outcome.kind == Kind::failed   ? HeldState::waiting
                       : outcome.kind == Kind::parked ? HeldState::parked
                                                      : HeldState::behind;
    transaction.run<InsertHeld>(outcome.number, webhook, outcome.enrollment_id, number_of(state),
                                outcome.attempts, seconds_of(outcome.first_failed_at),
                                seconds_of(outcome.next_at), outcome.error);
  }
  if (outcome.kind != Kind::failed) {
    call_next(transaction, webhook, outcome.enrollment_id, now);
  }
}

}  // namespace

Status SqlEvents::use_webhook(std::string_view id, std::string_view url, Timestamp now) {
  const std::string name(id);
  return context_.writer.write("use webhook", [&](WriteTransaction& transaction) -> Status {
    if (transaction.run<NoteUse>(seconds_of(now), name) == 0) {
      transaction.run<InsertWebhook>(name, std::string(url), seconds_of(now));
    }
    return {};
  });
}

Result<std::vector<WebhookState>> SqlEvents::webhooks() const {
  return context_.readers.read("list webhooks", [&](SqlConnection& sql) {
    std::vector<WebhookRow> rows;
    sql.each<AllWebhooks>([&](WebhookColumns row) { rows.push_back(webhook_of(std::move(row))); });
    std::vector<WebhookState> states;
    states.reserve(rows.size());
    for (WebhookRow& row : rows) {
      states.push_back(counted(sql, std::move(row)));
    }
    return Result(std::move(states));
  });
}

Result<WebhookState> SqlEvents::webhook(std::string_view id) const {
  return context_.readers.read("find webhook", [&](SqlConnection& sql) -> Result<WebhookState> {
    TRY_ASSIGN(auto row, find_webhook(sql, id));
    return counted(sql, std::move(row));
  });
}

Status SqlEvents::set_flow(std::string_view id, Flow flow) {
  return context_.writer.write("set webhook's flow", [&](WriteTransaction& transaction) -> Status {
    const SqlNumber paused{flow == Flow::paused};
    return transaction.run<SetPaused>(paused, std::string(id)) > 0 ? Status() : no_webhook(id);
  });
}

Result<bool> SqlEvents::claim(std::string_view id, std::string_view owner, Timestamp now,
                              Timestamp until) {
  bool claimed = false;
  TRY(context_.writer.write("claim webhook", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto webhook, find_webhook(transaction, id));
    const std::string name(owner);
    claimed = transaction.run<Claim>(name, seconds_of(until), webhook.state.id, name,
                                     seconds_of(now)) > 0;
    return {};
  }));
  return claimed;
}

Status SqlEvents::release(std::string_view id, std::string_view owner) {
  return context_.writer.write("release webhook", [&](WriteTransaction& transaction) -> Status {
    TRY(find_webhook(transaction, id));
    transaction.run<Release>(std::string(id), std::string(owner));
    return {};
  });
}

Result<WebhookWork> SqlEvents::work(std::string_view id, Timestamp now, std::size_t limit) const {
  return context_.readers.read(
      "find webhook's work", [&](SqlConnection& sql) -> Result<WebhookWork> {
        TRY_ASSIGN(const auto webhook, find_webhook(sql, id));
        WebhookWork work;
        work.position = webhook.state.position;
        work.paused = webhook.state.paused;
        if (work.paused) {
          return work;
        }
        const auto count = static_cast<SqlNumber>(limit);
        sql.each<DueEvents>([&](HeldColumns row) { work.due.push_back(held_of(std::move(row))); },
                            webhook.key, seconds_of(now), count);
        sql.each<FreshEvents>(
            [&](EventColumns row) { work.fresh.push_back({event_of(std::move(row)), false}); },
            work.position, count);
        for (auto& fresh : work.fresh) {
          fresh.behind = sql.one<IsHeldUp>(webhook.key, fresh.event.enrollment.value()).has_value();
        }
        return work;
      });
}

Status SqlEvents::record_outcomes(std::string_view id, std::string_view owner, std::int64_t from,
                                  std::int64_t to, const std::vector<DeliveryOutcome>& outcomes,
                                  Timestamp now) {
  const std::string name(id);
  return context_.writer.write("record deliveries", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto webhook, find_webhook(transaction, id));
    if (transaction.run<Advance>(to, name, std::string(owner), from) == 0) {
      return webhook_moved(id);
    }
    const DeliveryOutcome* failure = nullptr;
    bool delivered = false;
    for (const DeliveryOutcome& outcome : outcomes) {
      record(transaction, webhook.key, outcome, seconds_of(now));
      delivered = delivered || outcome.kind == DeliveryOutcome::Kind::delivered;
      failure = outcome.error.empty() ? failure : &outcome;
    }
    if (delivered) {
      transaction.run<NoteDelivery>(seconds_of(now), name);
    }
    if (failure != nullptr) {
      transaction.run<NoteFailure>(seconds_of(now), failure->error, name);
    }
    return {};
  });
}

Result<std::vector<HeldEvent>> SqlEvents::parked(std::string_view id, std::int64_t after,
                                                 std::size_t limit) const {
  return context_.readers.read(
      "list parked events", [&](SqlConnection& sql) -> Result<std::vector<HeldEvent>> {
        TRY_ASSIGN(const auto webhook, find_webhook(sql, id));
        std::vector<HeldEvent> events;
        sql.each<ParkedEvents>([&](HeldColumns row) { events.push_back(held_of(std::move(row))); },
                               webhook.key, after, static_cast<SqlNumber>(limit));
        return events;
      });
}

Result<std::int64_t> SqlEvents::replay_parked(std::string_view id, Timestamp now) {
  std::int64_t replayed = 0;
  TRY(context_.writer.write("replay parked events", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto webhook, find_webhook(transaction, id));
    std::vector<std::string> enrollments;
    transaction.each<ParkedEnrollments>(
        [&](SqlTypes<SqlText> row) { enrollments.push_back(std::move(std::get<0>(row))); },
        webhook.key);
    replayed = transaction.run<Unpark>(webhook.key);
    for (const std::string& enrollment : enrollments) {
      transaction.run<StepBehind>(webhook.key, enrollment);
      call_next(transaction, webhook.key, enrollment, seconds_of(now));
    }
    return {};
  }));
  return replayed;
}

Status SqlEvents::replay_after(std::string_view id, std::int64_t number) {
  return context_.writer.write("replay events", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto webhook, find_webhook(transaction, id));
    transaction.run<DeleteHeldAfter>(webhook.key, number);
    transaction.run<SetPosition>(std::min<SqlNumber>(number, webhook.state.position),
                                 webhook.state.id);
    return {};
  });
}

}  // namespace bramley
