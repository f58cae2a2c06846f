#include "server/store/sql_events.h"

#include "server/store/sql_event_rows.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct EventsAfter {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = EventColumns;
  static constexpr std::string_view sql =
      "SELECT event_key, id, topic, enrollment_id, device_id, type, created_at, status, "
      "command_uuid, token_update_tally, query FROM events WHERE event_key > :after "
      "ORDER BY event_key LIMIT :limit";
};
struct EventsOfTopic {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  using Out = EventColumns;
  static constexpr std::string_view sql =
      "SELECT event_key, id, topic, enrollment_id, device_id, type, created_at, status, "
      "command_uuid, token_update_tally, query FROM events WHERE event_key > :after "
      "AND topic = :topic ORDER BY event_key LIMIT :limit";
};
struct EventsOfEnrollment {
  using In = SqlTypes<SqlText, SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = EventColumns;
  static constexpr std::string_view sql =
      "SELECT event_key, id, topic, enrollment_id, device_id, type, created_at, status, "
      "command_uuid, token_update_tally, query FROM events WHERE enrollment_id = :enrollment "
      "AND event_key > :after AND (:any_topic = '' OR topic = :topic) "
      "ORDER BY event_key LIMIT :limit";
};
struct RawOf {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlText>;
  static constexpr std::string_view sql = "SELECT id, sealed FROM events WHERE event_key = :key";
};
struct NewestEvent {
  using In = SqlTypes<>;
  using Out = SqlTypes<std::optional<SqlNumber>>;
  static constexpr std::string_view sql = "SELECT MAX(event_key) FROM events";
};
// The newest stays, so that no number is given out twice.
struct SweptEvents {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT event_key FROM events WHERE created_at < :cutoff "
      "AND event_key < (SELECT MAX(event_key) FROM events) "
      "AND event_key <= (SELECT COALESCE(MIN(position), 9223372036854775807) FROM webhooks "
      "WHERE used_at >= :same_cutoff) "
      "AND NOT EXISTS (SELECT 1 FROM held_events h JOIN webhooks w ON w.webhook_key = "
      "h.webhook_key WHERE h.event_key = events.event_key AND h.state <> 1 "
      "AND w.used_at >= :third_cutoff) ORDER BY created_at LIMIT :limit";
};
struct DeleteEvent {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM events WHERE event_key = :key";
};
struct DeleteHeldOfEvent {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM held_events WHERE event_key = :key";
};

constexpr std::size_t flushed_at_once = 500;

std::string event_context(const std::string& id) {
  return "event/" + id;
}

}  // namespace

Result<SealedEvent> SqlEvents::sealed(const Event& event) const {
  SealedEvent result{event, {}};
  result.event.raw.clear();
  if (!event.raw.empty()) {
    TRY_ASSIGN(result.sealed, seal_column(context_.sealer, event.raw, event_context(event.id)));
  }
  return result;
}

Status SqlEvents::record_with(const Event& event, const std::function<Status()>& work) {
  std::vector<SealedEvent> events;
  std::shared_lock lock(writing_soon_, std::defer_lock);
  auto earlier = soon_.of(event.enrollment.value());
  if (earlier) {
    lock.lock();
    earlier = soon_.of(event.enrollment.value());  // unless a flush was about to write it
  }
  if (earlier) {
    TRY_ASSIGN(auto before, sealed(*earlier));
    events.push_back(std::move(before));
  }
  TRY_ASSIGN(auto now, sealed(event));
  events.push_back(std::move(now));
  const EventRecorder::Load load(recorder_, events);
  TRY(work());
  if (!load.is_written()) {
    TRY(recorder_.write("record event", [](WriteTransaction&) { return Status(); }));
  }
  if (earlier) {
    soon_.written(*earlier);
  }
  return {};
}

Result<bool> SqlEvents::flush() {
  const std::lock_guard lock(writing_soon_);
  const auto some = soon_.some(flushed_at_once);
  if (some.empty()) {
    return false;
  }
  std::vector<SealedEvent> events;
  for (const Event& event : some) {
    TRY_ASSIGN(auto one, sealed(event));
    events.push_back(std::move(one));
  }
  TRY(context_.writer.write("record events", [&](WriteTransaction& transaction) -> Status {
    for (const SealedEvent& event : events) {
      insert_event(transaction, event);
    }
    return {};
  }));
  for (const Event& event : some) {
    soon_.written(event);
  }
  return !soon_.empty();
}

Result<std::vector<Event>> SqlEvents::after(std::int64_t after, const EventFilter& filter,
                                            std::size_t limit) const {
  return context_.readers.read("list events", [&](SqlConnection& sql) {
    std::vector<Event> events;
    const auto take = [&](EventColumns row) { events.push_back(event_of(std::move(row))); };
    const auto count = static_cast<SqlNumber>(limit);
    if (!filter.enrollment_id.empty()) {
      sql.each<EventsOfEnrollment>(take, filter.enrollment_id, after, filter.topic, filter.topic,
                                   count);
    } else if (!filter.topic.empty()) {
      sql.each<EventsOfTopic>(take, after, filter.topic, count);
    } else {
      sql.each<EventsAfter>(take, after, count);
    }
    return Result(std::move(events));
  });
}

Result<Bytes> SqlEvents::raw(std::int64_t number) const {
  TRY_ASSIGN(const auto row, context_.readers.read("read event", [&](SqlConnection& sql) {
    return Result(sql.one<RawOf>(number));
  }));
  if (!row) {
    return no_event(number);
  }
  const auto& [id, sealed] = *row;
  if (sealed.empty()) {
    return Bytes();
  }
  TRY_ASSIGN(const auto opened, open_column(context_.sealer, sealed, event_context(id)));
  return to_bytes(opened.reveal());
}

Result<std::int64_t> SqlEvents::newest() const {
  return context_.readers.read("find newest event", [&](SqlConnection& sql) {
    const auto row = sql.one<NewestEvent>();
    return Result<std::int64_t>(row ? std::get<0>(*row).value_or(0) : 0);
  });
}

Result<std::int64_t> SqlEvents::sweep(Timestamp cutoff, std::int64_t limit) {
  const auto before = seconds_of(cutoff);
  const auto doomed = [&](auto& sql) {
    std::vector<SqlNumber> keys;
    sql.template each<SweptEvents>(
        [&](SqlTypes<SqlNumber> row) { keys.push_back(std::get<0>(row)); }, before, before, before,
        limit);
    return keys;
  };
  // Looked for first where it keeps nobody waiting.
  TRY_ASSIGN(const auto found, context_.readers.read("find old events", [&](SqlConnection& sql) {
    return Result(doomed(sql));
  }));
  if (found.empty()) {
    return 0;
  }
  std::int64_t removed = 0;
  TRY(context_.writer.write("remove old events", [&](WriteTransaction& transaction) -> Status {
    removed = 0;
    for (const auto key : doomed(transaction)) {
      transaction.run<DeleteHeldOfEvent>(key);
      removed += transaction.run<DeleteEvent>(key);
    }
    return {};
  }));
  return removed;
}

}  // namespace bramley
