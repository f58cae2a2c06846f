#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/clock.h"
#include "core/net/http_message.h"
#include "server/http/request_facts.h"

namespace bramley {

// What devices say and are answered, as text for people who look for a fault: property lists as
// XML, with what is secret masked, and nothing of bodies of another kind but their size. Written by
// a thread of its own: no device waits for it.
class TrafficDump {
 public:
  // Called by that thread alone, with one exchange at a time.
  using Sink = std::function<void(std::string_view)>;
  TrafficDump(Sink sink, const Clock& clock);
  ~TrafficDump() { stop(); }
  TrafficDump(const TrafficDump&) = delete;
  TrafficDump& operator=(const TrafficDump&) = delete;

  // Where more waits than limits::waiting_dump, the exchange is left out, and the dump says so
  // later. Safe to call from several threads.
  void note(const HttpRequest& request, const RequestFacts& facts, const HttpResponse& response);
  // Writes what waits. Idempotent.
  void stop();

 private:
  struct Exchange {
    Timestamp at;
    std::string trace_id;
    std::string peer;
    std::string first_line;
    std::string enrollment;
    std::string request_type;
    std::size_t request_size = 0;
    Bytes request;  // empty: too large
    int status = 0;
    std::string response_type;
    std::size_t response_size = 0;
    Bytes response;
    [[nodiscard]] std::size_t weight() const;
  };
  void run();
  static std::string text_of(const Exchange& exchange);

  const Sink sink_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Exchange> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::int64_t left_out_ = 0;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace bramley
