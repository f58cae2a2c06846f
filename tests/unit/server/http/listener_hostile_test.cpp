#include <gmock/gmock.h>

#include <thread>

#include "server/http/listener.h"
#include "server/http/listener_fixture.h"

// What clients do that are broken, slow or hostile.

namespace bramley {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

class HostileClients : public ListenerTest {
 protected:
  void SetUp() override {
    ListenerTest::SetUp();
    handler_.limit = [](const HttpRequest&) { return 1000U; };
  }
  void shorten_deadlines() {
    options_.handshake_timeout = 300ms;
    options_.header_timeout = 300ms;
    options_.body_timeout = 300ms;
    options_.write_timeout = 300ms;
    options_.idle_timeout = 300ms;
  }
  // How long the server bears with a client that goes on sending a byte each 20 ms.
  std::chrono::milliseconds trickle(RawClient& client, std::string_view begin, char byte) {
    const auto start = steady_clock::now();
    client.send(begin);
    while (!client.ends_within(20ms) && steady_clock::now() - start < 5s) {
      if (!client.send({&byte, 1})) {
        break;
      }
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start);
  }
  // That no more than one reading of the bytes is possible: 400 and the end of the connection.
  void expect_refused(std::string_view bytes, int status = 400) {
    const auto client = connect();
    client->send(bytes);
    const auto answer = client->receive();
    ASSERT_TRUE(answer) << bytes;
    EXPECT_EQ(answer->status, status) << bytes;
    EXPECT_EQ(answer->header("connection"), "close") << bytes;
    EXPECT_EQ(answer->header("content-length"), "0") << bytes;
    client->half_close();
    EXPECT_TRUE(client->ends_within(5s)) << bytes;
    EXPECT_EQ(handler_.handled, 0) << bytes;
  }
};

TEST_F(HostileClients, WhatIsNoHttpIsRefused) {
  start();
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET / HTTP/0.9\r\n\r\n", "GET /\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET file:///etc HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    expect_refused(bytes);
  }
}

TEST_F(HostileClients, HeaderFieldsAreReadStrictly) {
  start();
  for (const char* fields :
       {"", "Host: a\r\nHost: b\r\n", "Host: a\r\nno colon\r\n", "Host: a\r\n: empty\r\n",
        "Host: a\r\nX y: z\r\n", "Host: a\r\nX : z\r\n", "Host: a\r\n X: z\r\n",
        "Host: a\r\nX: y\r\n z\r\n", "Host: a\r\nX: y\r\n\tz\r\n", "Host: a\r\nX: \x01\r\n",
        "Host: a\r\nX: y\rz\r\n", "Host: a\r\nX: y\nZ: z\r\n", "Host: a\r\nX(: z\r\n"}) {
    expect_refused("GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n");
  }
  expect_refused(std::string("GET / HTTP/1.1\r\nHost: a\r\nX: ") + '\0' + "\r\n\r\n");
}

// What two parsers would cut in two places (request smuggling).
TEST_F(HostileClients, AmbiguousLengthsAreRefused) {
  start();
  for (const char* fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n", "Content-Length: -3\r\n", "Content-Length: +3\r\n",
        "Content-Length: 0x3\r\n", "Content-Length: 3 3\r\n", "Content-Length: three\r\n",
        "Content-Length:\r\n", "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    expect_refused("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\nabc");
  }
  for (const char* coding : {"identity", "gzip", "gzip, chunked", "chunked, identity",
                             "chunked, chunked", "xchunked", "chunkedx", "\"chunked\"", ""}) {
    expect_refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + std::string(coding) +
                       "\r\n\r\n0\r\n\r\n",
                   501);
  }
  expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_F(HostileClients, BadChunksAreRefused) {
  start();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"x\r\n", "-1\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
                             "3 3\r\nabc\r\n0\r\n\r\n", "\r\n\r\n", "0\r\nno colon\r\n\r\n",
                             "11111111111111111\r\n", "0\r\nContent-Length: 3\r\n\r\n"}) {
    expect_refused(head + chunks);
  }
}

TEST_F(HostileClients, TrailersChangeNothing) {
  HttpRequest seen;
  handler_.action = [&](const HttpRequest& request) {
    seen = request;
    return HttpResponse{};
  };
  start();
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "1\r\nx\r\n0\r\nMdm-Signature: forged\r\nX-Trace-Id: forged\r\n\r\n"),
            200);
  EXPECT_FALSE(seen.headers.find("Mdm-Signature"));
  EXPECT_EQ(seen.headers.count("X-Trace-Id"), 1U);
}

TEST_F(HostileClients, HeadsOverTheLimitAre431) {
  start();
  const std::string big(33U << 10U, 'x');
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + big + "\r\n\r\n", 431);
  expect_refused("GET /" + big + " HTTP/1.1\r\nHost: a\r\n\r\n", 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  while (many.size() < (33U << 10U)) {
    many += "X: y\r\n";
  }
  expect_refused(many + "\r\n", 431);
  // Neither part is over the limit, but both together are.
  expect_refused("GET /" + std::string(20'000, 'x') +
                     " HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
                 431);
  expect_refused(big + big + big, 431);
  EXPECT_EQ(
      status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(31U << 10U, 'x') + "\r\n\r\n"),
      200);
}

TEST_F(HostileClients, EndlessTrailersAndChunkLinesAreRefused) {
  start();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect_refused(head + "0\r\nX: " + std::string(60'000, 'x'), 431);
  expect_refused(head + "1;" + std::string(60'000, 'x'), 431);
}

TEST_F(HostileClients, BodiesOverTheLimitAre413) {
  start();
  expect_refused("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413);
  const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expect_refused(head + "3e9\r\n", 413);
  expect_refused(head + "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n", 413);
  EXPECT_EQ(ask(put("/", std::string(1000, 'x'))).body.size(), 1000U);
  EXPECT_EQ(ask(head + "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n").body.size(), 1000U);
}

// Who sends it all before it reads must still be able to read why it was for nothing.
TEST_F(HostileClients, TheAnswerReachesWhoSendsOnRegardless) {
  start();
  const std::string body(8U << 20U, 'x');
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    EXPECT_TRUE(client->send(put("/", body)));
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 413);
  }
}

TEST_F(HostileClients, LimitsOfZeroMeanNoBody) {
  handler_.limit = [](const HttpRequest&) { return 0U; };
  start();
  EXPECT_EQ(status_of(put("/", "x")), 413);
  EXPECT_EQ(status_of(put("/", "")), 200);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            200);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx"),
            413);
}

TEST_F(HostileClients, SmallBodiesNeedNoQuestion) {
  options_.unasked_body = 100;
  handler_.limit = [](const HttpRequest&) { return 0U; };
  start();
  EXPECT_EQ(status_of(put("/", std::string(100, 'x'))), 200);
  EXPECT_EQ(handler_.limits_asked, 0);
  EXPECT_EQ(status_of(put("/", std::string(101, 'x'))), 413);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx"),
            413);
  EXPECT_EQ(handler_.limits_asked, 2);
}

TEST_F(HostileClients, ALimitThatThrowsIs500) {
  handler_.limit = [](const HttpRequest&) -> std::uint64_t { throw std::runtime_error("no"); };
  start();
  EXPECT_EQ(status_of(put("/", "x")), 500);
}

TEST_F(HostileClients, SilenceEndsAtTheDeadline) {
  shorten_deadlines();
  start();
  for (const bool in_tls : {false, true}) {
    RawClient client(listener_->port(in_tls ? tls : plain));
    const auto begin = steady_clock::now();
    EXPECT_TRUE(client.ends_within(5s));
    EXPECT_GE(steady_clock::now() - begin, 250ms);
    EXPECT_LT(steady_clock::now() - begin, 3s);
  }
}

TEST_F(HostileClients, ATrickledHandshakeEndsAtTheDeadline) {
  shorten_deadlines();
  start();
  RawClient client(listener_->port(tls));
  // The start of a ClientHello record of 16 KiB.
  const auto time = trickle(client, std::string_view("\x16\x03\x01\x40\x00\x01\x00\x3f\xf0", 9), 0);
  EXPECT_GE(time, 250ms);
  EXPECT_LT(time, 3s);
}

TEST_F(HostileClients, ATrickledHeadEndsAtTheDeadline) {
  shorten_deadlines();
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    const auto time = trickle(*client, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 'x');
    EXPECT_GE(time, 250ms);
    EXPECT_LT(time, 3s);
  }
}

TEST_F(HostileClients, ATrickledBodyEndsAtTheDeadline) {
  shorten_deadlines();
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    const auto time =
        trickle(*client, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n", 'x');
    EXPECT_GE(time, 250ms);
    EXPECT_LT(time, 3s);
  }
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HostileClients, LateRequestsAreTold408) {
  shorten_deadlines();
  start();
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n"), 408);
  EXPECT_EQ(status_of("GET / \r\n\r\n"), 408);
  EXPECT_EQ(status_of("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"), 408);
}

TEST_F(HostileClients, IdleConnectionsEndQuietly) {
  shorten_deadlines();
  options_.header_timeout = 10s;
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    const auto client = connect(endpoint);
    client->send(get("/"));
    ASSERT_TRUE(client->receive());
    const auto begin = steady_clock::now();
    EXPECT_TRUE(client->ends_within(5s));
    EXPECT_GE(steady_clock::now() - begin, 250ms);
    EXPECT_LT(steady_clock::now() - begin, 3s);
  }
}

TEST_F(HostileClients, ASlowHandlerIsNoReasonToEnd) {
  shorten_deadlines();
  handler_.action = [](const HttpRequest&) {
    std::this_thread::sleep_for(900ms);
    return HttpResponse{};
  };
  start();
  EXPECT_EQ(status_of(get("/")), 200);
}

TEST_F(HostileClients, WhoDoesNotReadIsCutOff) {
  shorten_deadlines();
  std::atomic<int> pieces = 0;
  std::atomic<bool> ended = false;
  handler_.action = [&](const HttpRequest&) {
    HttpResponse response;
    response.body_stream = [&pieces, token = token_for(ended)]() -> std::optional<Bytes> {
      ++pieces;
      return Bytes(1U << 20U, 'x');
    };
    return response;
  };
  start();
  for (const Endpoint endpoint : {plain, tls}) {
    ended = false;
    const auto client = connect(endpoint);
    client->send(get("/"));
    EXPECT_TRUE(eventually([&] { return ended.load(); }));
  }
  EXPECT_LT(pieces, 100);
}

TEST_F(HostileClients, GarbageInPlaceOfTlsHurtsNobody) {
  start();
  for (int i = 0; i < 20; ++i) {
    RawClient client(listener_->port(tls));
    client.send_raw(std::string(static_cast<std::size_t>(i) * 100 + 1, static_cast<char>(i * 13)));
    client.half_close();
    client.receive_all();
  }
  const auto good = connect(tls);
  good->send_raw("this is no TLS record at all, and comes after the handshake");
  good->receive_all();
  EXPECT_EQ(ask(get("/"), tls).status, 200);
}

TEST_F(HostileClients, PlainHttpOnATlsPortIsToldSo) {
  start();
  RawClient client(listener_->port(tls));
  client.send(get("/"));
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_THAT(answer->body, HasSubstr("HTTPS"));
  client.half_close();
  EXPECT_TRUE(client.ends_within(5s));
}

TEST_F(HostileClients, ConnectionsBeyondTheMostAreClosed) {
  options_.max_connections = 3;
  start();
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(connect());
    held.back()->send(get("/"));
    ASSERT_TRUE(held.back()->receive());
  }
  for (int i = 0; i < 3; ++i) {
    RawClient refused(listener_->port(plain));
    EXPECT_TRUE(refused.ends_within(5s));
  }
  const std::string lines = log_.text();
  const std::size_t first = lines.find("connections refused");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(lines.find("connections refused", first + 1), std::string::npos);
  held.pop_back();
  EXPECT_TRUE(eventually([&] { return status_of(get("/")) == 200; }));
}

TEST_F(HostileClients, ManyIdleConnectionsDoNotSlowAnotherDown) {
  start();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 2000; ++i) {
    idle.push_back(std::make_unique<RawClient>(listener_->port(plain)));
    if (!idle.back()->connected()) {
      break;
    }
    idle.back()->send(i % 2 == 0 ? "GET / HTTP/1.1\r\n" : get("/"));
  }
  EXPECT_EQ(idle.size(), 2000U);
  const auto begin = steady_clock::now();
  EXPECT_EQ(ask(get("/"), tls).status, 200);
  EXPECT_LT(steady_clock::now() - begin, 2s);
  for (std::size_t i = 1; i < idle.size(); i += 400) {
    EXPECT_TRUE(idle[i]->receive());
  }
}

TEST_F(HostileClients, VanishedClientsLeaveNothingBehind) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.body = Bytes(1U << 20U, 'x');
    return response;
  };
  options_.max_connections = 8;
  start();
  for (int i = 0; i < 100; ++i) {
    const Endpoint endpoint = i % 2 == 0 ? plain : tls;
    RawClient client(listener_->port(endpoint));
    if (endpoint == tls && !client.start_tls()) {
      continue;  // all eight may be on their way out
    }
    const std::string request = put("/", "abc");
    client.send(request.substr(0, static_cast<std::size_t>(i) % (request.size() + 1)));
  }
  EXPECT_TRUE(eventually([&] { return ask(get("/"), plain).status == 200; }));
}

}  // namespace
}  // namespace bramley
