#include "core/net/curl_http_batch_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "core/net/canned_server.h"

namespace bramley {
namespace {

using Fault = BatchAnswer::Fault;
using testing::HasSubstr;

// Answers over HTTP/2 are the business of tests/blackbox, with a server that speaks it.
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
