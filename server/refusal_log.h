#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/base/log.h"

namespace bramley {

// Passes lines on, but of refusals only so many for each peer and message in a minute; those it
// leaves out are counted, and told in one line when the minute is over ("refusals left out of the
// log", with peer, message and count). Nothing is left out where each request has its line anyway
// (LogLevel::request). Bounded: peers beyond the first thousand of a minute share one entry,
// "others". Safe to call from several threads.
class RefusalLog : public Log {
 public:
  static constexpr int lines_a_minute = 10;
  static constexpr std::size_t most_peers = 1000;

  // Both outlive this.
  RefusalLog(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    log_.write(level, message, fields);
  }
  [[nodiscard]] bool takes(LogLevel level) const override { return log_.takes(level); }
  void refusal(LogLevel level, std::string_view message, std::string_view peer,
               std::initializer_list<LogField> fields) override;

  // Tells what was left out in the minutes that are over. To be called now and then, and at the
  // end.
  void flush();

 private:
  using Key = std::pair<std::string, std::string>;  // peer, message
  struct Minute {
    Timestamp begun;
    LogLevel level;
    std::int64_t refusals = 0;
  };

  // Whether this one is still to be written.
  bool admit(LogLevel level, std::string_view message, std::string_view peer);
  void tell(const Key& key, const Minute& minute);

  Log& log_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, Minute> minutes_;
};

}  // namespace bramley
