#include "core/net/curl_http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/net/canned_server.h"

namespace bramley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using After = CannedServer::AfterAnswer;

HttpRequest request_to(std::string url, std::string method = "GET", std::string_view body = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(url);
  request.body = to_bytes(body);
  return request;
}

std::string answer(std::string_view body, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

TEST(CurlHttpClient, GivesStatusHeadersAndBody) {
  CannedServer server(
      {{"HTTP/1.1 404 Gone Fishing\r\nX-A: 1\r\nx-a:2 \r\nContent-Length: 3\r\n\r\nabc"}});
  CurlHttpClient client({});
  const auto response = client.send(request_to(server.url("/x?y=z")));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(as_text(response->body), "abc");
  EXPECT_EQ(response->headers.find("X-a"), "1");
  EXPECT_EQ(response->headers.count("x-A"), 2U);
  EXPECT_THAT(server.requests().at(0), StartsWith("GET /x?y=z HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests().at(0), HasSubstr("User-Agent: bramley\r\n"));
}

TEST(CurlHttpClient, ReusesItsConnection) {
  CannedServer server({{answer("1")}, {answer("2")}, {answer("3")}});
  CurlHttpClient client({});
  for (const char* expected : {"1", "2", "3"}) {
    const auto response = client.send(request_to(server.url()));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(as_text(response->body), expected);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlHttpClient, ConnectsAgainWhenTheKeptConnectionWasClosed) {
  CannedServer server({{answer("1"), After::close}, {answer("2")}});
  CurlHttpClient client({});
  ASSERT_TRUE(client.send(request_to(server.url())));
  const auto response = client.send(request_to(server.url()));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(as_text(response->body), "2");
  EXPECT_EQ(server.connections(), 2);
}

TEST(CurlHttpClient, SendsMethodsAndBodiesAsTheyAre) {
  CannedServer server({{answer("")}, {answer("")}, {answer("")}, {answer("")}, {answer("")}});
  CurlHttpClient client({});
  HttpRequest put = request_to(server.url(), "PUT", std::string_view("a\0b", 3));
  put.headers = {{"Content-Type", "application/xml"}, {"X-Empty", ""}, {"Mdm-Signature", "s"}};
  ASSERT_TRUE(client.send(put));
  ASSERT_TRUE(client.send(request_to(server.url(), "POST")));
  ASSERT_TRUE(client.send(request_to(server.url(), "DELETE")));
  ASSERT_TRUE(client.send(request_to(server.url(), "DELETE", "why")));
  ASSERT_TRUE(client.send(request_to(server.url(), "GET")));
  const auto requests = server.requests();
  EXPECT_THAT(requests.at(0), StartsWith("PUT / HTTP/1.1\r\n"));
  EXPECT_THAT(requests.at(0), HasSubstr("Content-Type: application/xml\r\n"));
  EXPECT_THAT(requests.at(0), HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(requests.at(0), HasSubstr("Mdm-Signature: s\r\n"));
  EXPECT_TRUE(requests.at(0).ends_with(std::string_view("\r\n\r\na\0b", 7)));
  EXPECT_THAT(requests.at(1), HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(requests.at(1), Not(HasSubstr("Content-Type")));
  EXPECT_THAT(requests.at(2), StartsWith("DELETE / "));
  EXPECT_THAT(requests.at(2), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(requests.at(3), StartsWith("DELETE / "));
  EXPECT_TRUE(requests.at(3).ends_with("\r\n\r\nwhy"));
  EXPECT_THAT(requests.at(4), StartsWith("GET / "));
}

TEST(CurlHttpClient, SendsLargeBodiesWithoutWaitingForContinue) {
  const std::string body(3U << 20U, 'x');
  CannedServer server({{answer("ok")}});
  CurlHttpClient client({});
  const auto response = client.send(request_to(server.url(), "POST", body));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Expect")));
  EXPECT_TRUE(server.requests().at(0).ends_with(body));
}

TEST(CurlHttpClient, KeepsThePathAsItIs) {
  CannedServer server({{answer("")}});
  CurlHttpClient client({});
  ASSERT_TRUE(client.send(request_to(server.url("/a/../b/./%2e%2F?c=%20"))));
  EXPECT_THAT(server.requests().at(0), StartsWith("GET /a/../b/./%2e%2F?c=%20 HTTP/1.1\r\n"));
}

TEST(CurlHttpClient, HeadHasNoBody) {
  CannedServer server({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"}, {answer("x")}});
  CurlHttpClient client({});
  const auto head = client.send(request_to(server.url(), "HEAD"));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->headers.find("content-length"), "10");
  EXPECT_TRUE(head->body.empty());
  EXPECT_TRUE(client.send(request_to(server.url())));
}

TEST(CurlHttpClient, OnlyTheFinalHeadCounts) {
  CannedServer server(
      {{"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
        "HTTP/1.1 201 Created\r\nX-Late: 1\r\nTransfer-Encoding: chunked\r\n"
        "Trailer: X-Trailer\r\n\r\n2\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n"}});
  CurlHttpClient client({});
  const auto response = client.send(request_to(server.url()));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(as_text(response->body), "hi");
  EXPECT_FALSE(response->headers.find("X-Early"));
  EXPECT_TRUE(response->headers.find("X-Late"));
  EXPECT_FALSE(response->headers.find("X-Trailer"));
}

TEST(CurlHttpClient, DoesNotFollowRedirectsUnlessTold) {
  const std::string redirect =
      "HTTP/1.1 302 Found\r\nLocation: /there\r\nX-First: 1\r\nContent-Length: 2\r\n\r\nno";
  CannedServer server({{redirect}, {redirect}, {answer("there")}});
  CurlHttpClient client({});
  const auto stayed = client.send(request_to(server.url()));
  ASSERT_TRUE(stayed);
  EXPECT_EQ(stayed->status, 302);
  HttpClientOptions following;
  following.follow_redirects = true;
  CannedServer other({{redirect}, {answer("there")}});
  CurlHttpClient follower(following);
  const auto followed = follower.send(request_to(other.url()));
  ASSERT_TRUE(followed) << followed.error().message;
  EXPECT_EQ(as_text(followed->body), "there");
  EXPECT_FALSE(followed->headers.find("X-First"));
  EXPECT_THAT(other.requests().at(1), StartsWith("GET /there "));
}

TEST(CurlHttpClient, RefusesAnswersOverTheLimit) {
  CannedServer server({{answer("12345"), After::close}, {answer("123456"), After::close}});
  HttpClientOptions options;
  options.response_limit = 5;
  CurlHttpClient client(options);
  EXPECT_TRUE(client.send(request_to(server.url())));
  const auto refused = client.send(request_to(server.url()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("larger than 5 bytes"));
}

TEST(CurlHttpClient, NamesTheHostThatRefusesConnections) {
  std::string url;
  {
    CannedServer server({});
    url = server.url();
  }
  CurlHttpClient client({});
  const auto response = client.send(request_to(url));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  const std::string host = url.substr(7, url.size() - 8);
  EXPECT_EQ(response.error().message, "connect to " + host + ": connection refused");
  EXPECT_THAT(response.error().hint, HasSubstr("running"));
}

TEST(CurlHttpClient, BrokenAnswersAreUnavailable) {
  for (const std::string& bytes :
       {std::string(), std::string("garbage\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    CannedServer server({{bytes, After::close}});
    CurlHttpClient client({});
    const auto response = client.send(request_to(server.url()));
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().code, ErrorCode::unavailable) << response.error().message;
    EXPECT_THAT(response.error().message, HasSubstr("127.0.0.1:"));
  }
}

TEST(CurlHttpClient, GivesUpAfterTheTotalTimeout) {
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(600)); };
  CannedServer server({{"", After::close, wait}});
  HttpClientOptions options;
  options.total_timeout = std::chrono::milliseconds(150);
  CurlHttpClient client(options);
  const auto response = client.send(request_to(server.url()));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_THAT(response.error().message, HasSubstr("wait for the answer of 127.0.0.1"));
  EXPECT_THAT(response.error().message, HasSubstr("150 ms"));
}

TEST(CurlHttpClient, ImpossibleRequestsAreMalformed) {
  CurlHttpClient client({});
  for (const char* url : {"", "mdm.example.com", "ftp://127.0.0.1/", "file:///etc/hostname",
                          "https://", "http://127.0.0.1:99999/", "http://a b/"}) {
    const auto response = client.send(request_to(url));
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, ErrorCode::malformed) << url;
  }
  EXPECT_EQ(client.send(request_to("http://127.0.0.1:1/", "G T")).error().code,
            ErrorCode::malformed);
  HttpRequest injecting = request_to("http://127.0.0.1:1/");
  injecting.headers.add("X", "a\r\nY: b");
  EXPECT_EQ(client.send(injecting).error().code, ErrorCode::malformed);
  injecting.headers = {{"X: y", "z"}};
  EXPECT_EQ(client.send(injecting).error().code, ErrorCode::malformed);
}

TEST(CurlHttpClient, ErrorsDoNotRepeatCredentialsOfTheUrl) {
  CurlHttpClient client({});
  const auto response = client.send(request_to("http://user:hunter2@127.0.0.1:1/x?token=hunter3"));
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, Not(HasSubstr("hunter")));
}

TEST(CurlHttpClient, TlsNeedsBothCertificateAndKey) {
  HttpClientOptions options;
  options.certificate_pem = "x";
  CurlHttpClient client(options);
  EXPECT_EQ(client.send(request_to("https://127.0.0.1:1/")).error().code, ErrorCode::malformed);
}

TEST(CurlHttpClient, StreamGivesOutOnlySuccessfulBodies) {
  CannedServer server({{answer("no", "503 Service Unavailable")}, {answer("data")}});
  CurlHttpClient client({});
  std::string streamed;
  const auto collect = [&](ByteView piece) {
    streamed += as_text(piece);
    return true;
  };
  const auto failed = client.stream(request_to(server.url()), collect);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->status, 503);
  EXPECT_EQ(as_text(failed->body), "no");
  EXPECT_EQ(streamed, "");
  const auto succeeded = client.stream(request_to(server.url()), collect);
  ASSERT_TRUE(succeeded);
  EXPECT_TRUE(succeeded->body.empty());
  EXPECT_EQ(streamed, "data");
}

TEST(CurlHttpClient, StreamStopsWhenAskedAndOutlivesTheTotalTimeout) {
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(400)); };
  CannedServer server(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", After::close, wait}});
  HttpClientOptions options;
  options.total_timeout = std::chrono::milliseconds(100);
  CurlHttpClient client(options);
  const auto stopped = client.stream(request_to(server.url()), [](ByteView) { return false; });
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(stopped->status, 200);

  CannedServer other(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", After::close, wait}});
  const auto begin = std::chrono::steady_clock::now();
  const auto broken = client.stream(request_to(other.url()), [](ByteView) { return true; });
  ASSERT_FALSE(broken);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(350));
}

TEST(CurlHttpClient, StreamCanStopWhileNothingComes) {
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2500)); };
  CannedServer server(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", After::close, wait}});
  std::string streamed;
  const auto stopped = CurlHttpClient({}).stream(request_to(server.url()), [&](ByteView piece) {
    streamed += as_text(piece);
    return streamed.empty() || !piece.empty();
  });
  // Had it not been asked, the broken answer would have been an error.
  ASSERT_TRUE(stopped) << stopped.error().message;
  EXPECT_EQ(streamed, "a");
}

TEST(CurlHttpClient, StreamThatNeverBeginsTimesOut) {
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2500)); };
  CannedServer server({{"", After::close, wait}});
  HttpClientOptions options;
  options.total_timeout = std::chrono::milliseconds(100);
  const auto begin = std::chrono::steady_clock::now();
  const auto late =
      CurlHttpClient(options).stream(request_to(server.url()), [](ByteView) { return true; });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2200));
}

TEST(CurlHttpClient, SurvivesThrowingConsumers) {
  CannedServer server({{answer("data"), After::close}});
  CurlHttpClient client({});
  const auto result = client.stream(request_to(server.url()),
                                    [](ByteView) -> bool { throw std::runtime_error("no"); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::internal);
}

TEST(CurlHttpClient, IsSafeFromSeveralThreads) {
  std::vector<CannedServer::Answer> answers(40, {answer("x"), After::close});
  CannedServer server(answers);
  CurlHttpClient client({});
  std::atomic<int> succeeded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        const auto response = client.send(request_to(server.url()));
        succeeded += response && as_text(response->body) == "x" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(succeeded, 40);
}

}  // namespace
}  // namespace bramley
