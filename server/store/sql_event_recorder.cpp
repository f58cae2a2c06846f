#include "server/store/sql_event_recorder.h"

#include <cassert>

#include "server/store/sql_values.h"

namespace bramley {
namespace {

struct InsertEvent {
  using In = SqlTypes<SqlText, SqlText, SqlText, SqlText, SqlNumber, SqlNumber, SqlText, SqlText,
                      SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO events (id, topic, enrollment_id, device_id, type, created_at, status, "
      "command_uuid, token_update_tally, query, sealed) VALUES (:id, :topic, :enrollment, :device, "
      ":type, :now, :status, :command, :tally, :query, {binary:sealed})";
};
struct TallyOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT token_update_tally FROM enrollments WHERE id = :id";
};

thread_local EventRecorder::Load* load_of_thread = nullptr;

}  // namespace

void insert_event(WriteTransaction& transaction, const SealedEvent& sealed) {
  const Event& event = sealed.event;
  SqlNumber tally = 0;
  if (event.topic == token_update_topic) {
    const auto row = transaction.one<TallyOf>(event.enrollment.value());
    tally = row ? std::get<0>(*row) : 0;
  }
  transaction.run<InsertEvent>(event.id, event.topic, event.enrollment.value(),
                               event.enrollment.device_value(), number_of(event.enrollment.type()),
                               seconds_of(event.created_at), event.status, event.command_uuid,
                               tally, event.query, sealed.sealed);
}

EventRecorder::Load::Load(const EventRecorder& recorder, const std::vector<SealedEvent>& events)
    : recorder_(recorder), events_(events) {
  assert(load_of_thread == nullptr);
  load_of_thread = this;
}

EventRecorder::Load::~Load() {
  load_of_thread = nullptr;
}

Status EventRecorder::write(std::string_view activity, const WriteWork& work) {
  Load* const load = load_of_thread;
  // A thread may use two stores.
  if (load == nullptr || load->written_ || &load->recorder_ != this) {
    return next_.write(activity, work);
  }
  const WriteWork both = [&](WriteTransaction& transaction) -> Status {
    TRY(work(transaction));
    for (const SealedEvent& event : load->events_) {
      insert_event(transaction, event);
    }
    return {};
  };
  TRY(next_.write(activity, both));
  load->written_ = true;
  return {};
}

}  // namespace bramley
