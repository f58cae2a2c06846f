#include "server/http/listener.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "server/http/listener_fixture.h"

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST_F(ListenerTest, HandsTheWholeRequestToTheHandler) {
  HttpRequest seen;
  handler_.action = [&](const HttpRequest& request) {
    seen = request;
    return HttpResponse{};
  };
  start();
  const auto answer = ask(put("/a%20b?c=d", std::string_view("x\0y", 3), "X-A:  1 \r\nx-a: 2\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-length"), "0");
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/a%20b?c=d");
  EXPECT_EQ(as_text(seen.body), std::string_view("x\0y", 3));
  EXPECT_EQ(seen.headers.find("X-A"), "1");
  EXPECT_EQ(seen.headers.count("X-A"), 2U);
  EXPECT_EQ(seen.peer.address, "127.0.0.1");
  EXPECT_EQ(seen.peer.listener, "public");
  EXPECT_FALSE(seen.peer.tls);
  EXPECT_FALSE(seen.peer.certificate_der);
}

TEST_F(ListenerTest, SendsWhatTheHandlerAnswers) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 404;
    response.headers = {{"Content-Type", "text/plain"}, {"X-B", "1"}, {"X-B", "2"}};
    response.body = to_bytes("no such thing");
    return response;
  };
  start();
  const auto answer = ask(get("/"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.headers.count("x-b"), 2U);
  EXPECT_EQ(answer.body, "no such thing");
  EXPECT_EQ(answer.headers.count("server"), 0U);
  EXPECT_EQ(answer.headers.count("connection"), 0U);
}

TEST_F(ListenerTest, LargeBodiesComeAndGoWhole) {
  std::string body(5U << 20U, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) {
    body[i] = static_cast<char>(i * 2654435761U >> 13U);
  }
  handler_.limit = [](const HttpRequest&) { return 6U << 20U; };
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    std::thread sender([&] { client->send(put("/", body)); });
    const auto answer = client->receive();
    sender.join();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->body == body);
  }
}

TEST_F(ListenerTest, EveryRequestHasATraceIdOfOurs) {
  std::optional<std::string> told;
  std::size_t count = 0;
  handler_.action = [&](const HttpRequest& request) {
    told = request.headers.find("X-Trace-Id");
    count = request.headers.count("X-Trace-Id");
    return HttpResponse{};
  };
  start();
  const auto client = connect();
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    client->send(get("/", "X-Trace-Id: forged\r\nx-trace-ID: too\r\n"));
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->header("x-trace-id"), MatchesRegex("[0-9a-f]{16}"));
    EXPECT_EQ(told, answer->header("x-trace-id"));
    EXPECT_EQ(count, 1U);
    ids.insert(answer->header("x-trace-id"));
  }
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(ListenerTest, TheHandlersOwnTraceIdStays) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.headers = {{"X-Trace-ID", "mine"}};
    return response;
  };
  start();
  const auto answer = ask(get("/"));
  EXPECT_EQ(answer.header("x-trace-id"), "mine");
  EXPECT_EQ(answer.headers.count("x-trace-id"), 1U);
}

TEST_F(ListenerTest, KeepsConnectionsAlive) {
  start();
  const auto client = connect();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client->send(put("/", "body " + std::to_string(i))));
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "body " + std::to_string(i));
  }
}

TEST_F(ListenerTest, ClosesWhenTheClientAsks) {
  start();
  const auto client = connect();
  client->send(get("/", "Connection: close\r\n"));
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(client->ends_within(5s));
}

TEST_F(ListenerTest, ClosesWhenTheHandlerAsks) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.headers = {{"Connection", "close"}};
    return response;
  };
  start();
  const auto client = connect();
  client->send(get("/"));
  ASSERT_TRUE(client->receive());
  EXPECT_TRUE(client->ends_within(5s));
}

TEST_F(ListenerTest, AnswersPipelinedRequestsInOrder) {
  handler_.action = [](const HttpRequest& request) {
    if (request.target == "/1") {
      std::this_thread::sleep_for(30ms);
    }
    HttpResponse response;
    response.body = to_bytes(request.target);
    return response;
  };
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    client->send(put("/1", "abc") + get("/2") + "\r\n" + put("/3", std::string(40'000, 'x')) +
                 get("/4"));
    for (const char* expected : {"/1", "/2", "/3", "/4"}) {
      const auto answer = client->receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->body, expected);
    }
  }
}

TEST_F(ListenerTest, AnswersAClientThatSendsNoMore) {
  start();
  const auto client = connect();
  client->send(put("/", "abc"));
  client->half_close();
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_TRUE(client->ends_within(5s));
}

TEST_F(ListenerTest, RequestsMayComeByteByByte) {
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    for (const std::string& bytes :
         {put("/slow", "abc"),
          std::string("POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: z\r\n\r\n")}) {
      for (const char byte : bytes) {
        client->send({&byte, 1});
        std::this_thread::sleep_for(200us);
      }
      const auto answer = client->receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->body, "abc");
    }
  }
}

TEST_F(ListenerTest, HeadHasTheLengthButNotTheBody) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.body = to_bytes("12345");
    return response;
  };
  start();
  const auto client = connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"));
  const auto head = client->receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "5");
  const auto whole = client->receive();
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->body, "12345");
}

TEST_F(ListenerTest, NoContentHasNoLength) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 204;
    response.body = to_bytes("not to be sent");
    return response;
  };
  start();
  const auto client = connect();
  client->send(get("/") + get("/"));
  for (int i = 0; i < 2; ++i) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 204);
    EXPECT_EQ(answer->headers.count("content-length"), 0U);
  }
}

TEST_F(ListenerTest, Http10ClosesUnlessAskedToStay) {
  start();
  const auto closing = connect();
  closing->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(closing->receive());
  EXPECT_TRUE(closing->ends_within(5s));

  const auto staying = connect();
  for (int i = 0; i < 2; ++i) {
    staying->send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    const auto answer = staying->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("connection"), "keep-alive");
  }
}

TEST_F(ListenerTest, TakesTheAbsoluteFormOfATarget) {
  std::string path;
  handler_.action = [&](const HttpRequest& request) {
    path = request.raw_path();
    return HttpResponse{};
  };
  start();
  EXPECT_EQ(status_of("GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  EXPECT_EQ(path, "/b");
}

TEST_F(ListenerTest, HandlersThatThrowAre500) {
  handler_.action = [](const HttpRequest& request) -> HttpResponse {
    if (request.target == "/int") {
      throw 7;
    }
    throw std::runtime_error("the inside");
  };
  start();
  const auto client = connect();
  for (const char* target : {"/exception", "/int", "/exception"}) {
    client->send(get(target));
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body, "");
    EXPECT_THAT(log_.text(), HasSubstr("trace_id=" + answer->header("x-trace-id")));
  }
  EXPECT_THAT(log_.text(), HasSubstr("error a handler failed cause=the inside"));
}

TEST_F(ListenerTest, ImpossibleResponsesAre500) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 101;
    return response;
  };
  start();
  EXPECT_EQ(status_of(get("/")), 500);
}

TEST_F(ListenerTest, FieldsOfTheHandlerCannotBreakTheHead) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.headers = {{"X-A", "1\r\nX-Injected: 1"},
                        {"X-B\r\nX-Injected", "2"},
                        {"Content-Length", "77"},
                        {"Transfer-Encoding", "chunked"},
                        {"", "empty"},
                        {"X-Good", "yes"}};
    response.body = to_bytes("abc");
    return response;
  };
  start();
  const auto answer = ask(get("/"));
  EXPECT_EQ(answer.body, "abc");
  EXPECT_EQ(answer.headers.count("x-injected"), 0U);
  EXPECT_EQ(answer.headers.count("transfer-encoding"), 0U);
  EXPECT_EQ(answer.header("content-length"), "3");
  EXPECT_EQ(answer.header("x-good"), "yes");
}

TEST_F(ListenerTest, HandlersRunSideBySide) {
  std::atomic<int> together = 0;
  handler_.action = [&](const HttpRequest&) {
    ++together;
    const bool all_came = eventually([&] { return together == 4; });
    HttpResponse response;
    response.status = all_came ? 200 : 503;
    return response;
  };
  start();  // with four workers and two loops
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connect());
    clients.back()->send(get("/"));
  }
  for (const auto& client : clients) {
    EXPECT_EQ(client->receive()->status, 200);
  }
}

TEST_F(ListenerTest, ExpectContinueWaitsForTheLimit) {
  handler_.limit = [](const HttpRequest& head) { return head.target == "/small" ? 2U : 1U << 20U; };
  start();
  const auto client = connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const auto go_on = client->receive();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  client->send("abc");
  EXPECT_EQ(client->receive()->body, "abc");

  client->send(
      "PUT /small HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client->receive()->status, 413);
}

TEST_F(ListenerTest, ExpectContinueIsNotSaidToWhoHasSentTheBody) {
  start();
  EXPECT_EQ(ask(put("/", "abc", "Expect: 100-continue\r\n")).status, 200);
  EXPECT_EQ(status_of(get("/", "Expect: 100-continue\r\n")), 200);
  EXPECT_EQ(status_of("PUT / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc"),
            200);
  EXPECT_EQ(status_of(put("/", "abc", "Expect: wonders\r\n")), 417);
}

TEST_F(ListenerTest, ListensOnIpv6) {
  options_.endpoints = {{"public", "::1", 0, std::nullopt}};
  std::string address;
  handler_.action = [&](const HttpRequest& request) {
    address = request.peer.address;
    return HttpResponse{};
  };
  auto started = Listener::start(options_, handler_, log_);
  if (!started) {
    GTEST_SKIP() << "no IPv6 here: " << started.error().message;
  }
  listener_ = *std::move(started);
  RawClient client(listener_->port(0), "::1");
  client.send(get("/"));
  ASSERT_TRUE(client.receive());
  EXPECT_EQ(address, "::1");
}

TEST_F(ListenerTest, NamesAnAddressInUse) {
  start();
  options_.endpoints = {{"public", "127.0.0.1", listener_->port(plain), std::nullopt}};
  const auto second = Listener::start(options_, handler_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(second.error().message,
            "listen on 127.0.0.1:" + std::to_string(listener_->port(plain)) + ": address in use");
  EXPECT_THAT(second.error().hint, HasSubstr("--listen"));
}

TEST_F(ListenerTest, ThePortIsFreeAgainAfterwards) {
  start();
  const std::uint16_t port = listener_->port(plain);
  EXPECT_EQ(status_of(get("/", "Connection: close\r\n")), 200);
  listener_.reset();
  options_.endpoints = {{"public", "127.0.0.1", port, std::nullopt}};
  start();
  EXPECT_EQ(status_of(get("/")), 200);
}

TEST_F(ListenerTest, RefusesAddressesThatAreNone) {
  for (const char* address : {"", "nonsense", "300.1.1.1", "192.0.2.1", "127.0.0.1:80"}) {
    options_.endpoints = {{"public", address, 0, std::nullopt}};
    const auto started = Listener::start(options_, handler_, log_);
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().code, ErrorCode::malformed) << address;
    EXPECT_THAT(started.error().message, HasSubstr("listen on "));
    EXPECT_NE(started.error().hint, "");
  }
  options_.endpoints = {};
  EXPECT_FALSE(Listener::start(options_, handler_, log_));
}

}  // namespace
}  // namespace bramley
