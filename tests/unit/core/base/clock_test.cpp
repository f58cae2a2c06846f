#include "core/base/clock.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

TEST(Rfc3339, WritesUtc) {
  EXPECT_EQ(format_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at(1795489573)), "2026-11-24T03:06:13Z");
  EXPECT_EQ(format_rfc3339(at(-1)), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, ReadsOffsetsFractionsAndLeapDays) {
  const std::pair<const char*, std::int64_t> times[] = {
      {"1970-01-01T00:00:00Z", 0},          {"2026-11-24T03:06:13Z", 1795489573},
      {"2026-11-24t03:06:13z", 1795489573}, {"2026-11-24 03:06:13Z", 1795489573},
      {"1970-01-01T01:00:00+01:00", 0},     {"1969-12-31T18:30:00-05:30", 0},
      {"1970-01-01T00:00:00.999999Z", 0},   {"2024-02-29T00:00:00Z", 1709164800}};
  for (const auto& [text, seconds] : times) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->time_since_epoch().count(), seconds) << text;
  }
}

TEST(Rfc3339, RefusesImpossibleAndUnfinishedTimes) {
  for (const char* text :
       {"", "2026", "2026-11-24", "2026-11-24T03:06:13", "2023-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T03:60:13Z",
        "2026-11-24T03:06:61Z", "2026-11-24T03:06:13.Z", "2026-11-24T03:06:13+25:00",
        "2026-11-24T03:06:13+0100", "2026-11-24T03:06:13Z ", "2026-11-24X03:06:13Z",
        "+026-11-24T03:06:13Z", "2026-00-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, ReadsWhatItWrites) {
  for (const std::int64_t seconds : {-62135596800LL, -1LL, 0LL, 951782400LL, 253402300799LL}) {
    EXPECT_EQ(*parse_rfc3339(format_rfc3339(at(seconds))), at(seconds));
  }
}

TEST(Duration, ReadsANumberAndAUnit) {
  const std::pair<const char*, std::int64_t> durations[] = {
      {"0", 0},       {"60s", 60},     {"15m", 900},          {"24h", 86400},
      {"7d", 604800}, {"2w", 1209600}, {"36500d", 3153600000}};
  for (const auto& [text, seconds] : durations) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(duration->count(), seconds);
  }
}

TEST(Duration, RefusesOtherTextsWithAHint) {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5.5s", "5 s", "5S", "5y", "s5", "5sm",
                           "99999999999999999999s", "101000w", " 5s"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().code, ErrorCode::malformed);
    EXPECT_FALSE(duration.error().hint.empty());
  }
}

TEST(Duration, WritesTheLargestUnitThatDivides) {
  const std::pair<std::int64_t, const char*> durations[] = {
      {0, "0"}, {61, "61s"}, {5400, "90m"}, {7200, "2h"}, {86400, "1d"}, {604800, "1w"}};
  for (const auto& [seconds, text] : durations) {
    EXPECT_EQ(format_duration(std::chrono::seconds(seconds)), text);
    EXPECT_EQ(parse_duration(text)->count(), seconds);
  }
}

TEST(SystemClock, IsNotStuckInThePast) {
  EXPECT_GT(SystemClock().now(), *parse_rfc3339("2024-01-01T00:00:00Z"));
}

// RFC 9110 §5.6.7's own example.
TEST(Clock, WritesAndReadsHttpDates) {
  const Timestamp time = parse_rfc3339("1994-11-06T08:49:37Z").value();
  EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value(), time);
  const Timestamp leap = parse_rfc3339("2028-02-29T23:59:59Z").value();
  EXPECT_EQ(parse_http_date(format_http_date(leap)).value(), leap);
  for (const char* wrong : {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 08:49:37 GMT ", "Sunday, 06-Nov-94 08:49:37 GMT",
                            "Sun Nov  6 08:49:37 1994", "Sun, 31 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace bramley
