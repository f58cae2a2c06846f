#include "server/http/followers.h"

#include "server/http/error_response.h"
#include "server/http/limits.h"

namespace bramley {

std::unique_ptr<Followers::Place> Followers::take_place() {
  auto place = std::make_unique<Place>(count_);
  return place->number() > limits::event_subscribers ? nullptr : std::move(place);
}

bool wants_stream(const HttpRequest& request) {
  const auto accept = request.headers.find("Accept");
  return accept && accept->find("text/event-stream") != std::string_view::npos;
}

HttpResponse stream_response(std::function<std::optional<Bytes>()> pull) {
  HttpResponse response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");  // nginx would keep events to itself
  response.body_stream = std::move(pull);
  return response;
}

HttpResponse no_place_response(std::string_view otherwise, std::string_view trace_id) {
  HttpResponse response =
      problem_response(Error{ErrorCode::unavailable, "as many as are allowed follow already",
                             "end one of them, or " + std::string(otherwise)},
                       trace_id);
  response.headers.set("Retry-After", std::to_string(limits::follow_again.count()));
  return response;
}

}  // namespace bramley
