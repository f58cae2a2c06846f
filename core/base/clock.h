#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// A moment in UTC, to the second: what certificates, plists and our APIs can all express.
using Timestamp = std::chrono::sys_seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

// The machine's clock. The only place that asks the operating system for the date.
class SystemClock : public Clock {
 public:
  Timestamp now() const override;
};

// "2026-11-24T03:06:13Z" (RFC 3339, always UTC).
std::string format_rfc3339(Timestamp time);

// Accepts RFC 3339 with `Z` or a numeric offset; fractions of a second are dropped.
// malformed: anything else, including impossible dates.
Result<Timestamp> parse_rfc3339(std::string_view text);

// "Sun, 06 Nov 1994 08:49:37 GMT": what HTTP's Date field holds (RFC 9110 §5.6.7, IMF-fixdate).
std::string format_http_date(Timestamp time);
// Only that form, which every server of this century sends. malformed: anything else.
Result<Timestamp> parse_http_date(std::string_view text);

// A duration as the command line writes it: a number and one of s, m, h, d, w ("60s", "7d"); "0"
// alone is zero. malformed: no unit, a sign, an unknown unit, more than 100 years.
Result<std::chrono::seconds> parse_duration(std::string_view text);

// The reverse, in the largest unit that divides it: 7d, 90m, 61s.
std::string format_duration(std::chrono::seconds duration);

}  // namespace bramley
