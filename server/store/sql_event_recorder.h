#pragma once

#include <vector>

#include "server/store/event_store.h"
#include "server/store/sql_writer.h"

namespace bramley {

// An event as it enters the database.
struct SealedEvent {
  Event event;  // its `raw` is unused
  std::string sealed;
};
void insert_event(WriteTransaction& transaction, const SealedEvent& event);

// Puts the events that a thread carries into the transaction of what that thread writes first, so
// that no port has to know of them.
class EventRecorder : public SqlWriter {
 public:
  explicit EventRecorder(SqlWriter& next) : next_(next) {}

  Status write(std::string_view activity, const WriteWork& work) override;

  // While it lives, this thread carries `events` (borrowed). One at a time on a thread.
  class Load {
   public:
    Load(const EventRecorder& recorder, const std::vector<SealedEvent>& events);
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    ~Load();
    [[nodiscard]] bool is_written() const { return written_; }

   private:
    friend class EventRecorder;
    const EventRecorder& recorder_;
    const std::vector<SealedEvent>& events_;
    bool written_ = false;
  };

 private:
  SqlWriter& next_;
};

}  // namespace bramley
