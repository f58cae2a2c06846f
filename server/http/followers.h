#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "core/net/http_message.h"

namespace bramley {

// Who follows something by an answer that stays open, all kinds together:
// limits::event_subscribers at a time.
class Followers {
 public:
  // A place among them, for as long as it lives.
  class Place {
   public:
    explicit Place(std::atomic<int>& count) : count_(count), number_(++count) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --count_; }
    [[nodiscard]] int number() const { return number_; }

   private:
    std::atomic<int>& count_;
    const int number_;
  };
  // Null: as many as are allowed are there already.
  std::unique_ptr<Place> take_place();

 private:
  std::atomic<int> count_ = 0;
};

// Whether a request asks for Server-Sent Events.
bool wants_stream(const HttpRequest& request);
// The answer to it; `pull` as HttpResponse::body_stream says.
HttpResponse stream_response(std::function<std::optional<Bytes>()> pull);
// 503, when there is no place: `otherwise` says what to do instead.
HttpResponse no_place_response(std::string_view otherwise, std::string_view trace_id);

}  // namespace bramley
