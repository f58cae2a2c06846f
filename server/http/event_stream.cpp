#include "server/http/event_stream.h"

#include <algorithm>

#include "server/http/events_api.h"

namespace bramley {
namespace {

using std::chrono::steady_clock;

std::string message_of(const Event& event) {
  // json_body ends with a line break; an empty line ends the message.
  return "id: " + std::to_string(event.number) + "\nevent: " + event.topic +
         "\ndata: " + to_text(json_body(event_document(event))) + "\n";
}

}  // namespace

// An id without data is no event, and still what a client comes back with (WHATWG HTML §9.2.6).
std::string EventStream::place() const {
  return "id: " + std::to_string(after_) + "\n";
}

std::optional<Bytes> EventStream::pull() {
  if (!greeted_) {
    // The client learns at once that it is heard, and from where on: a connection that is lost
    // before the first event is resumed there.
    greeted_ = true;
    spoke_at_ = steady_clock::now();
    return to_bytes("retry: 2000\n" + place() + ": events follow\n\n");
  }
  if (bell_.is_closed() || !welcome_()) {
    return std::nullopt;
  }
  // Asked for first: whatever is not found up to there does not match, and is not looked at again.
  const auto newest = events_.newest();
  const auto found = newest ? events_.after(after_, filter_, limits::streamed_events)
                            : Result<std::vector<Event>>(newest.error());
  if (!found) {
    return std::nullopt;
  }
  if (!found->empty()) {
    std::string text;
    for (const Event& event : *found) {
      text += message_of(event);
    }
    after_ = found->back().number;
    spoke_at_ = steady_clock::now();
    return to_bytes(text);
  }
  after_ = std::max(after_, *newest);
  if (steady_clock::now() - spoke_at_ >= heartbeat_) {
    spoke_at_ = steady_clock::now();
    return to_bytes(place() + ": still here\n\n");
  }
  heard_ = bell_.wait(heard_, limits::stream_look);
  return Bytes();
}

}  // namespace bramley
