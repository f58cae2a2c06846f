#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "server/http/listener.h"
#include "server/http/listener_fixture.h"

namespace bramley {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

class Drain : public ListenerTest {
 protected:
  // Keeps requests for "/held" until release().
  void hold_requests() {
    handler_.action = [this](const HttpRequest& request) {
      if (request.target == "/held") {
        released_.get_future().wait();
      }
      HttpResponse response;
      response.body = request.body;
      return response;
    };
  }
  void release() { released_.set_value(); }
  std::chrono::milliseconds drain(std::chrono::milliseconds grace) {
    const auto begin = steady_clock::now();
    listener_->drain(grace);
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
  }

  std::promise<void> released_;
};

TEST_F(Drain, IsQuickWhenNothingIsUnderWay) {
  start();
  const auto idle = connect();
  idle->send(get("/"));
  ASSERT_TRUE(idle->receive());
  const auto idle_tls = connect(tls);
  idle_tls->send(get("/"));
  ASSERT_TRUE(idle_tls->receive());
  const auto fresh = connect();
  RawClient before_handshake(listener_->port(tls));
  EXPECT_LT(drain(8s), 2s);
  EXPECT_TRUE(idle->ends_within(5s));
  EXPECT_TRUE(idle_tls->ends_within(5s));
  EXPECT_TRUE(fresh->ends_within(5s));
  EXPECT_TRUE(before_handshake.ends_within(5s));
}

TEST_F(Drain, TakesNoNewConnections) {
  start();
  const std::uint16_t port = listener_->port(plain);
  drain(0s);
  EXPECT_FALSE(RawClient(port).connected());
  EXPECT_LT(drain(8s), 1s);
}

TEST_F(Drain, FinishesWhatIsUnderWay) {
  hold_requests();
  start();
  const auto held = connect(tls);
  held->send(put("/held", "abc"));
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  auto drained = std::async(std::launch::async, [&] { return drain(8s); });
  std::this_thread::sleep_for(100ms);
  release();
  const auto answer = held->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(held->ends_within(5s));
  EXPECT_LT(drained.get(), 5s);
}

TEST_F(Drain, FinishesRequestsOfWhichAPartHasCome) {
  start();
  const auto in_head = connect();
  in_head->send("PUT / HTTP/1.1\r\nHost: a\r\nCont");
  const auto in_body = connect(tls);
  in_body->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  ASSERT_TRUE(eventually([&] { return handler_.limits_asked == 1; }));
  auto drained = std::async(std::launch::async, [&] { return drain(8s); });
  std::this_thread::sleep_for(100ms);
  in_head->send("ent-Length: 3\r\n\r\nabc");
  in_body->send("bc");
  for (RawClient* client : {in_head.get(), in_body.get()}) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "abc");
    EXPECT_EQ(answer->header("connection"), "close");
  }
  EXPECT_LT(drained.get(), 5s);
}

TEST_F(Drain, CutsTheRestAfterItsGrace) {
  hold_requests();
  start();
  const auto held = connect();
  held->send(get("/held"));
  const auto slow = connect();
  slow->send("GET / HTTP/1.1\r\nHo");
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  const auto time = drain(300ms);
  EXPECT_GE(time, 250ms);
  EXPECT_LT(time, 3s);
  EXPECT_TRUE(held->ends_within(5s));
  EXPECT_TRUE(slow->ends_within(5s));
  release();
}

TEST_F(Drain, EndsStreamsAfterItsGrace) {
  handler_.action = [](const HttpRequest&) {
    HttpResponse response;
    response.body_stream = []() -> std::optional<Bytes> {
      std::this_thread::sleep_for(10ms);
      return to_bytes("tick");
    };
    return response;
  };
  start();
  const auto client = connect();
  client->send(get("/"));
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  EXPECT_LT(drain(200ms), 3s);
  EXPECT_THAT(client->receive_all(), HasSubstr("tick"));
}

TEST_F(Drain, MayBeAskedForBySeveral) {
  hold_requests();
  start();
  const auto held = connect();
  held->send(get("/held"));
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  auto first = std::async(std::launch::async, [&] { drain(5s); });
  auto second = std::async(std::launch::async, [&] { drain(5s); });
  release();
  first.get();
  second.get();
  EXPECT_EQ(held->receive()->status, 200);
}

TEST_F(Drain, DestructionWaitsForHandlers) {
  std::atomic<bool> handler_done = false;
  handler_.action = [&](const HttpRequest&) {
    std::this_thread::sleep_for(200ms);
    handler_done = true;
    return HttpResponse{};
  };
  start();
  const auto client = connect();
  client->send(get("/"));
  ASSERT_TRUE(eventually([&] { return handler_.handled == 1; }));
  listener_.reset();
  EXPECT_TRUE(handler_done);
}

TEST_F(Drain, UnderLoadLosesNoAnswer) {
  start();
  std::atomic<int> answered = 0;
  std::atomic<int> broken = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      RawClient client(listener_->port(i % 2 == 0 ? plain : tls));
      if (i % 2 == 1 && !client.start_tls()) {
        return;
      }
      while (client.send(put("/", "abc"))) {
        const auto answer = client.receive();
        if (!answer) {
          break;
        }
        ++answered;
        broken += answer->status == 200 && answer->body == "abc" ? 0 : 1;
        if (answer->header("connection") == "close") {
          break;
        }
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered > 200; }));
  drain(8s);
  const int handled = handler_.handled;
  for (auto& client : clients) {
    client.join();
  }
  EXPECT_EQ(handled, answered);
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace bramley
