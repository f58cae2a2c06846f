#include "core/net/curl_http_batch_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "core/net/canned_server.h"
#include "core/net/http2_server.h"

namespace bramley {
namespace {

using Fault = BatchAnswer::Fault;
using Act = Http2Server::Act;
using testing::HasSubstr;

HttpRequest request_to(std::string url) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(url);
  return request;
}

struct Gathered {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<std::optional<BatchAnswer>> answers;
  std::size_t count = 0;

  HttpBatchClient::OnAnswer collect(std::size_t size) {
    answers.resize(size);
    return [this](std::size_t index, BatchAnswer answer) {
      const std::lock_guard lock(mutex);
      EXPECT_FALSE(answers[index]) << "answered twice";
      answers[index] = std::move(answer);
      ++count;
      arrived.notify_all();
    };
  }
  void wait() {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(60),
                                 [this] { return count == answers.size(); }));
  }
};

HttpClientOptions trusting(const Http2Server& server, std::chrono::milliseconds timeout) {
  HttpClientOptions options;
  options.ca_pem = server.root_pem();
  options.total_timeout = timeout;
  return options;
}

constexpr std::chrono::seconds long_time(60);
constexpr std::chrono::milliseconds short_time(1500);

// How many requests of `count` came to which end.
std::map<Fault, int> send(CurlHttpBatchClient& client, const Http2Server& server,
                          std::size_t count) {
  Gathered gathered;
  client.send_all(std::vector<HttpRequest>(count, request_to(server.url() + "/x")),
                  gathered.collect(count));
  gathered.wait();
  std::map<Fault, int> ends;
  for (const auto& answer : gathered.answers) {
    ++ends[answer->fault];
    EXPECT_EQ(answer->fault == Fault::none, answer->response.has_value());
    if (answer->response) {
      EXPECT_EQ(answer->response->status, 200);
    }
  }
  return ends;
}

TEST(CurlHttpBatchClient, ManyRequestsShareOneConnection) {
  Http2Server server([](int, int) { return Act::answer; });
  CurlHttpBatchClient client(trusting(server, long_time), 16);
  EXPECT_EQ(send(client, server, 500)[Fault::none], 500);
  EXPECT_EQ(send(client, server, 3)[Fault::none], 3);
  EXPECT_EQ(server.connections(), 1);
}

// libcurl 7.88 sends what was left again, but for the one request during whose reading the GOAWAY
// came: that one may be told lost. ApnsPushProvider sends it once more.
TEST(CurlHttpBatchClient, WhatAGoawayLeftUnprocessedIsSentAgainOrToldLost) {
  Http2Server server([](int connection, int request) {
    return connection == 0 && request == 5 ? Act::go_away : Act::answer;
  });
  CurlHttpBatchClient client(trusting(server, long_time), 4);
  auto ends = send(client, server, 50);
  EXPECT_LE(ends[Fault::connection_lost], 1);
  EXPECT_EQ(ends[Fault::none] + ends[Fault::connection_lost], 50);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(send(client, server, 10)[Fault::none], 10);
}

TEST(CurlHttpBatchClient, OnlyWhatIsUnansweredIsLostWithItsConnection) {
  Http2Server server([](int connection, int request) {
    return connection == 0 && request == 5 ? Act::drop : Act::answer;
  });
  CurlHttpBatchClient client(trusting(server, long_time), 4);
  auto ends = send(client, server, 50);
  // Those of a kept connection that swallowed them are sent again by themselves.
  EXPECT_LE(ends[Fault::connection_lost], 4);
  EXPECT_EQ(ends[Fault::none] + ends[Fault::connection_lost], 50);
  EXPECT_EQ(send(client, server, 10)[Fault::none], 10);
}

TEST(CurlHttpBatchClient, ARequestThatHangsIsLateAloneWhileOthersAreAnswered) {
  std::atomic<bool> hang = true;
  Http2Server server([&](int, int) { return hang.exchange(false) ? Act::hang : Act::answer; });
  CurlHttpBatchClient client(trusting(server, short_time), 4);
  auto ends = send(client, server, 50);
  EXPECT_EQ(ends[Fault::late], 1);
  EXPECT_EQ(ends[Fault::none], 49);
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlHttpBatchClient, AConnectionThatAnswersNothingIsGivenUp) {
  Http2Server server([](int connection, int) { return connection == 0 ? Act::hang : Act::answer; });
  CurlHttpBatchClient client(trusting(server, short_time), 4);
  auto ends = send(client, server, 20);
  EXPECT_GE(ends[Fault::late], 1);
  EXPECT_LE(ends[Fault::late] + ends[Fault::connection_lost], 4);
  EXPECT_GE(ends[Fault::none], 16);
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlHttpBatchClient, AServerThatIsNotTrustedGetsNothing) {
  std::atomic<int> requests = 0;
  Http2Server server([&](int, int) {
    ++requests;
    return Act::answer;
  });
  CurlHttpBatchClient client({}, 4);
  Gathered gathered;
  client.send_all({request_to(server.url())}, gathered.collect(1));
  gathered.wait();
  EXPECT_EQ(gathered.answers[0]->fault, Fault::no_connection);
  EXPECT_EQ(gathered.answers[0]->response.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(requests, 0);
}

TEST(CurlHttpBatchClient, WhereNobodyListensAllAreToldSo) {
  std::string url;
  {
    CannedServer gone({});
    url = gone.url();
  }
  CurlHttpBatchClient client({}, 8);
  Gathered gathered;
  client.send_all(std::vector<HttpRequest>(100, request_to(url)), gathered.collect(100));
  gathered.wait();
  for (const auto& answer : gathered.answers) {
    EXPECT_EQ(answer->fault, Fault::no_connection);
    EXPECT_EQ(answer->response.error().code, ErrorCode::unavailable);
    EXPECT_THAT(answer->response.error().message, HasSubstr("connect to 127.0.0.1:"));
  }
}

TEST(CurlHttpBatchClient, AnImpossibleRequestFailsAlone) {
  CurlHttpBatchClient client({});
  Gathered gathered;
  client.send_all({request_to("ftp://x"), request_to("https://x\n")}, gathered.collect(2));
  gathered.wait();
  EXPECT_EQ(gathered.answers[0]->fault, Fault::impossible);
  EXPECT_EQ(gathered.answers[0]->response.error().code, ErrorCode::malformed);
}

// Over plain HTTP there is no ALPN, and so no HTTP/2.
TEST(CurlHttpBatchClient, AServerWithoutHttp2CountsAsNotReached) {
  CannedServer server({{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}});
  CurlHttpBatchClient client({});
  Gathered gathered;
  client.send_all({request_to(server.url())}, gathered.collect(1));
  gathered.wait();
  EXPECT_EQ(gathered.answers[0]->fault, Fault::no_connection);
  EXPECT_THAT(gathered.answers[0]->response.error().message, HasSubstr("does not speak HTTP/2"));
}

TEST(CurlHttpBatchClient, WhoeverIsToldMaySendMoreEvenAtTheEnd) {
  Http2Server server([](int, int) { return Act::hang; });
  Gathered gathered;
  auto collect = gathered.collect(2);
  {
    CurlHttpBatchClient client(trusting(server, long_time));
    client.send_all({request_to(server.url())}, [&](std::size_t, BatchAnswer first) {
      collect(0, std::move(first));
      client.send_all({request_to(server.url())},
                      [&](std::size_t, BatchAnswer second) { collect(1, std::move(second)); });
    });
  }
  gathered.wait();
  EXPECT_EQ(gathered.answers[1]->fault, Fault::connection_lost);
}

TEST(CurlHttpBatchClient, WhatIsUnansweredAtTheEndIsLost) {
  // Takes the request and says nothing.
  CannedServer server({{""}});
  Gathered gathered;
  {
    CurlHttpBatchClient client({}, 2);
    client.send_all(std::vector<HttpRequest>(5, request_to(server.url())), gathered.collect(5));
  }
  gathered.wait();
  for (const auto& answer : gathered.answers) {
    EXPECT_FALSE(answer->response);
  }
}

}  // namespace
}  // namespace bramley
