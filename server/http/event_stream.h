#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "server/http/followers.h"
#include "server/http/limits.h"
#include "server/service/event_bell.h"
#include "server/store/event_store.h"

namespace bramley {

// One line a fact, as Server-Sent Events (WHATWG HTML §9.2): what a subscriber is told from some
// event on. Pulled by the listener. Ends with the bell, when the subscriber is not welcome any
// more, and when the store does not answer: clients come again, and say how far they are.
class EventStream {
 public:
  // `welcome` is asked before each event is told.
  EventStream(const EventStore& events, EventBell& bell, std::unique_ptr<Followers::Place> place,
              std::int64_t after, EventFilter filter, std::function<bool()> welcome,
              std::chrono::milliseconds heartbeat = limits::stream_heartbeat)
      : events_(events),
        bell_(bell),
        place_(std::move(place)),
        after_(after),
        filter_(std::move(filter)),
        welcome_(std::move(welcome)),
        heartbeat_(heartbeat) {}

  // As HttpResponse::body_stream says.
  std::optional<Bytes> pull();

 private:
  [[nodiscard]] std::string place() const;

  const EventStore& events_;
  EventBell& bell_;
  const std::unique_ptr<Followers::Place> place_;
  std::int64_t after_;
  const EventFilter filter_;
  const std::function<bool()> welcome_;
  const std::chrono::milliseconds heartbeat_;
  std::uint64_t heard_ = 0;
  bool greeted_ = false;
  std::chrono::steady_clock::time_point spoke_at_;
};

}  // namespace bramley
