#include "server/http/event_stream.h"

#include "server/http/events_api.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

using std::chrono::steady_clock;

std::string message_of(const Event& event) {
  // json_body ends with a line break; an empty line ends the message.
  return "id: " + std::to_string(event.number) + "\nevent: " + event.topic +
         "\ndata: " + to_text(json_body(event_document(event))) + "\n";
}

}  // namespace

std::optional<Bytes> EventStream::pull() {
  if (bell_.is_closed()) {
    return std::nullopt;
  }
  if (!greeted_) {
    // The client learns at once that it is heard.
    greeted_ = true;
    spoke_at_ = steady_clock::now();
    return to_bytes("retry: 2000\n: events follow\n\n");
  }
  if (!welcome_()) {
    return std::nullopt;
  }
  const auto found = events_.after(after_, filter_, limits::streamed_events);
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
  if (steady_clock::now() - spoke_at_ >= limits::stream_heartbeat) {
    spoke_at_ = steady_clock::now();
    return to_bytes(": still here\n\n");
  }
  heard_ = bell_.wait(heard_, limits::stream_look);
  return Bytes();
}

}  // namespace bramley
