#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>
#include <utility>

#include "server/http/listener.h"
#include "server/http/listener_fixture.h"

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(ListenerTest, StreamsArePulledPieceByPiece) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    auto left = std::make_shared<int>(4);
    response.body_stream = [left]() -> std::optional<Bytes> {
      switch ((*left)--) {
        case 4:
          return to_bytes("first ");
        case 3:
          return Bytes();
        case 2:
          return Bytes(100'000, 'x');
        case 1:
          return to_bytes(" last");
        default:
          return std::nullopt;
      }
    };
    return response;
  };
  start();
  const std::string expected = "first " + std::string(100'000, 'x') + " last";
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    for (int i = 0; i < 2; ++i) {
      client->send(get("/"));
      const auto answer = client->receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->header("transfer-encoding"), "chunked");
      EXPECT_EQ(answer->headers.count("content-length"), 0U);
      EXPECT_EQ(answer->body, expected);
    }
    client->send("GET / HTTP/1.0\r\n\r\n");
    const auto old = client->receive();
    ASSERT_TRUE(old);
    EXPECT_EQ(old->headers.count("transfer-encoding"), 0U);
    EXPECT_EQ(old->body, expected);
  }
}

TEST_F(ListenerTest, ABrokenStreamDoesNotLookWhole) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    auto begun = std::make_shared<bool>(false);
    response.body_stream = [begun]() -> std::optional<Bytes> {
      if (std::exchange(*begun, true)) {
        throw std::runtime_error("out of paper");
      }
      return to_bytes("begun");
    };
    return response;
  };
  start();
  const auto client = connect();
  client->send(get("/"));
  const std::string all = client->receive_all();
  EXPECT_THAT(all, HasSubstr("5\r\nbegun\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("0\r\n\r\n")));
  EXPECT_THAT(log_.text(), HasSubstr("out of paper"));
}

TEST_F(ListenerTest, AStreamThatNobodyHearsEnds) {
  std::atomic<bool> ended = false;
  handler_.action = [&](const HttpRequest&) {
    HttpResponse response;
    response.body_stream = [token = token_for(ended)]() -> std::optional<Bytes> {
      std::this_thread::sleep_for(5ms);
      return Bytes();
    };
    return response;
  };
  start();
  auto client = connect();
  client->send(get("/"));
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
}

TEST_F(ListenerTest, StreamsDoNotKeepWorkersFromRequests) {
  handler_.action = [](const HttpRequest& request) {
    HttpResponse response;
    if (request.target == "/events") {
      response.body_stream = []() -> std::optional<Bytes> {
        std::this_thread::sleep_for(20ms);
        return Bytes();
      };
    }
    return response;
  };
  options_.worker_threads = 1;
  start();
  std::vector<std::unique_ptr<RawClient>> followers;
  for (int i = 0; i < 50; ++i) {
    followers.push_back(connect());
    followers.back()->send(get("/events"));
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(get("/")), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}  // namespace
}  // namespace bramley
