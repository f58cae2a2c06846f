#include "core/base/clock.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace bramley {
namespace {

constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads exactly `digits` decimal digits at `position`.
std::optional<int> digits_at(std::string_view text, std::size_t position, std::size_t digits) {
  if (position + digits > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text.substr(position, digits)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::chrono::seconds> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return std::chrono::seconds(0);
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return std::nullopt;
  }
  const auto hours = digits_at(text, 1, 2);
  const auto minutes = digits_at(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const std::chrono::seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '+' ? offset : -offset;
}

std::optional<Timestamp> parse_moment(std::string_view text) {
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2);
  const auto hour = digits_at(text, 11, 2);
  const auto minute = digits_at(text, 14, 2);
  const auto second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  std::size_t position = 19;
  if (position < text.size() && text[position] == '.') {
    const std::size_t end = text.find_first_not_of("0123456789", position + 1);
    if (end == std::string_view::npos || end == position + 1) {
      return std::nullopt;
    }
    position = end;
  }
  const auto offset = parse_offset(text.substr(position));
  if (!offset) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *offset;
}

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 5> units = {
    {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t longest_duration = 100LL * 366 * 86400;

}  // namespace

Timestamp SystemClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
  if (const auto time = parse_moment(text)) {
    return *time;
  }
  return Error{ErrorCode::malformed, "not an RFC 3339 time: " + std::string(text.substr(0, 64))};
}

std::string format_http_date(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      day_names[std::chrono::weekday(day).c_encoding()].data(), static_cast<unsigned>(date.day()),
      month_names[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return text.data();
}

Result<Timestamp> parse_http_date(std::string_view text) {
  // Written again and compared: so the weekday must be right too, and nothing may follow.
  constexpr std::size_t length = 29;
  const std::string_view name = text.size() == length ? text.substr(8, 3) : std::string_view();
  for (std::size_t i = 0; i < month_names.size(); ++i) {
    if (name != month_names[i]) {
      continue;
    }
    std::array<char, 3> month{};
    std::snprintf(month.data(), month.size(), "%02u", static_cast<unsigned>((i + 1) % 100));
    const auto time =
        parse_moment(std::string(text.substr(12, 4)) + "-" + month.data() + "-" +
                     std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z");
    if (time && format_http_date(*time) == text) {
      return *time;
    }
  }
  return Error{ErrorCode::malformed, "not a date of HTTP's: " + std::string(text.substr(0, 64))};
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const Error error{ErrorCode::malformed,
                    "not a duration: '" + std::string(text.substr(0, 32)) + "'",
                    "write a number and a unit: 60s, 15m, 24h, 7d, 2w"};
  if (text == "0") {
    return std::chrono::seconds(0);
  }
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || text.front() == '-' || end + 1 != text.data() + text.size()) {
    return error;
  }
  for (const Unit& unit : units) {
    if (unit.letter == *end && number <= longest_duration / unit.seconds) {
      return std::chrono::seconds(number * unit.seconds);
    }
  }
  return error;
}

std::string format_duration(std::chrono::seconds duration) {
  if (duration.count() == 0) {
    return "0";
  }
  for (const Unit& unit : units) {
    if (duration.count() % unit.seconds == 0) {
      return std::to_string(duration.count() / unit.seconds) + unit.letter;
    }
  }
  return std::to_string(duration.count()) + "s";
}

}  // namespace bramley
