#include "server/http/traffic_dump.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "server/http/limits.h"
#include "tests/support/fake_clock.h"

namespace bramley {
namespace {

using ::testing::Test;

HttpRequest request_of(std::string_view body) {
  HttpRequest request;
  request.method = "PUT";
  request.target = "/mdm?secret=in-the-query";
  request.headers.add("Content-Type", "application/x-apple-aspen-mdm-checkin");
  request.headers.add("X-Trace-Id", "0123456789abcdef");
  request.peer.address = "192.0.2.7";
  request.body = to_bytes(body);
  return request;
}

constexpr std::string_view token_update =
    "<plist version=\"1.0\"><dict><key>MessageType</key><string>TokenUpdate</string>"
    "<key>UDID</key><string>D1</string><key>PushMagic</key><string>a-magic</string>"
    "<key>Token</key><data>c2VjcmV0LXRva2Vu</data></dict></plist>";

class TrafficDumpTest : public Test {
 protected:
  std::string dumped(const HttpRequest& request, const HttpResponse& response,
                     const std::string& enrollment = "D1") {
    std::string text;
    TrafficDump dump([&](std::string_view piece) { text.append(piece); }, clock_);
    RequestFacts facts;
    facts.enrollment = enrollment;
    dump.note(request, facts, response);
    dump.stop();
    return text;
  }
  FakeClock clock_;
};

TEST_F(TrafficDumpTest, ShowsAnExchangeWithoutItsSecrets) {
  HttpResponse response;
  response.headers.add("Content-Type", "text/xml");
  response.body =
      to_bytes(std::string_view("<plist version=\"1.0\"><dict><key>Command</key><dict>"
                                "<key>RequestType</key><string>DeviceLock</string>"
                                "<key>PIN</key><string>987654</string></dict></dict></plist>"));
  const std::string text = dumped(request_of(token_update), response);
  EXPECT_EQ(
      text.find("=== 2026-11-24T00:00:00Z 0123456789abcdef 192.0.2.7 PUT /mdm enrollment=D1\n"), 0U)
      << text;
  EXPECT_NE(text.find("<string>TokenUpdate</string>"), std::string::npos);
  EXPECT_NE(text.find("<string>DeviceLock</string>"), std::string::npos);
  EXPECT_NE(text.find("--- 200\n"), std::string::npos);
  EXPECT_NE(text.find("(masked, 12 bytes)"), std::string::npos);
  for (const char* secret : {"a-magic", "c2VjcmV0", "987654", "in-the-query"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
}

TEST_F(TrafficDumpTest, SaysOfOtherBodiesOnlyHowLargeTheyAre) {
  HttpResponse response;
  response.status = 400;
  const std::string junk = dumped(request_of("a secret that is no plist"), response, "");
  EXPECT_NE(junk.find("no property list"), std::string::npos);
  EXPECT_NE(junk.find("--- 400\n(no body)\n"), std::string::npos);
  EXPECT_EQ(junk.find("secret"), std::string::npos);
  EXPECT_EQ(junk.find("enrollment="), std::string::npos);
  const std::string large = dumped(request_of(std::string(limits::dumped_body + 1, 'x')), response);
  EXPECT_NE(large.find("too large"), std::string::npos);
  EXPECT_LT(large.size(), 1000U);
}

TEST_F(TrafficDumpTest, ALineStaysALine) {
  HttpRequest request = request_of("");
  request.target = "/mdm\x1b[31m";
  const std::string text = dumped(request, {}, "D1\n=== forged");
  EXPECT_NE(text.find("PUT /mdm?[31m enrollment=D1?=== forged\n"), std::string::npos) << text;
}

TEST_F(TrafficDumpTest, WhatComesTooFastIsLeftOutAndSaid) {
  std::promise<void> go_on;
  std::shared_future<void> may_write = go_on.get_future().share();
  std::string text;
  TrafficDump dump(
      [&](std::string_view piece) {
        may_write.wait();
        text.append(piece);
      },
      clock_);
  const HttpRequest large = request_of(std::string(limits::dumped_body, 'x'));
  const auto many = static_cast<int>(2 * limits::waiting_dump / limits::dumped_body);
  for (int i = 0; i < many; ++i) {
    dump.note(large, {}, {});
  }
  go_on.set_value();
  dump.stop();
  EXPECT_NE(text.find("exchanges left out: too many at once"), std::string::npos);
  EXPECT_NE(text.find("no property list"), std::string::npos);
}

}  // namespace
}  // namespace bramley
