#include "server/http/listener_request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace bramley {
namespace {

using Progress = RequestParser::Progress;

// All of it read as the connection does: what is not consumed comes again, with more behind it.
Progress read(RequestParser& parser, std::string_view bytes, std::size_t step,
              std::string* rest = nullptr) {
  std::string carry;
  Progress progress = Progress::more;
  while (true) {
    const auto outcome = parser.take(as_bytes(carry));
    carry.erase(0, outcome.consumed);
    progress = outcome.progress;
    if (progress == Progress::head) {
      if (!parser.limit_body(1000)) {
        return Progress::refused;
      }
    } else if (progress != Progress::more || bytes.empty()) {
      break;
    } else {
      carry += bytes.substr(0, step);
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
  }
  if (rest != nullptr) {
    *rest = carry + std::string(bytes);
  }
  return progress;
}

// However the bytes are cut, the same request comes out of them.
TEST(RequestParser, TheCutsDoNotMatter) {
  const std::string bytes =
      "POST /a?b HTTP/1.1\r\nHost: a\r\nX-Long: 0123456789\r\nTransfer-Encoding: chunked\r\n\r\n"
      "a;x=\"y\"\r\n0123456789\r\n1\r\nx\r\n0\r\nX-T: 1\r\n\r\nGET /next";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(32U << 10U);
    std::string rest;
    ASSERT_EQ(read(parser, bytes, step, &rest), Progress::complete) << step;
    EXPECT_EQ(rest, "GET /next");
    EXPECT_EQ(parser.request().method, "POST");
    EXPECT_EQ(parser.request().target, "/a?b");
    EXPECT_EQ(as_text(parser.request().body), "0123456789x");
    EXPECT_EQ(parser.request().headers.find("x-long"), "0123456789");
    EXPECT_FALSE(parser.request().headers.find("X-T"));
  }
}

TEST(RequestParser, RefusalsDoNotDependOnTheCutsEither) {
  for (const std::string bytes :
       {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"}) {
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
      RequestParser parser(32U << 10U);
      EXPECT_EQ(read(parser, bytes, step), Progress::refused) << step << ": " << bytes;
      EXPECT_NE(parser.refusal(), 0);
      EXPECT_NE(parser.reason(), "");
      EXPECT_EQ(parser.take({}).progress, Progress::refused);
    }
  }
}

TEST(RequestParser, KnowsWhatTheConnectionNeeds) {
  RequestParser parser(32U << 10U);
  ASSERT_EQ(parser
                .take(as_bytes("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                               "Content-Length: 7\r\nConnection: x, Close\r\n\r\n"))
                .progress,
            Progress::head);
  EXPECT_TRUE(parser.has_body());
  EXPECT_EQ(parser.announced_body(), 7U);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_FALSE(parser.is_http_1_0());
}

}  // namespace
}  // namespace bramley
