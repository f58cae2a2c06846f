#include "cli/command_waiter.h"

#include <gtest/gtest.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/fake_http_client.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A server whose devices answer at given moments of a clock that only sleeping, and the pieces of a
// stream, move. Without a script it has no streams: it answers with its list.
class CommandWaiterTest : public testing::Test {
 protected:
  struct Device {
    std::string id;
    milliseconds answers_at;
    std::string state;
  };
  // A stream, piece by piece; after the last it ends, as it should or not.
  struct Connection {
    std::vector<std::string> pieces;
    std::optional<Error> broken = {};
    int status = 200;
    milliseconds before_each{0};
  };

  class Client : public FakeHttpClient {
   public:
    Client(CommandWaiterTest& test, Answer answer)
        : FakeHttpClient(std::move(answer), test.requests_), test_(test) {}
    Result<HttpResponse> stream(const HttpRequest& request,
                                const std::function<bool(ByteView)>& on_body) override {
      if (test_.connections_.empty()) {
        return FakeHttpClient::stream(request, on_body);
      }
      test_.resumed_from_.emplace_back(request.headers.find("Last-Event-ID").value_or(""));
      const Connection connection = test_.connections_.front();
      test_.connections_.pop_front();
      HttpResponse response = answer(connection.status, "text/event-stream", "");
      for (const std::string& piece : connection.pieces) {
        test_.now_ += connection.before_each;
        if (!on_body(as_bytes(piece))) {
          return response;
        }
      }
      return connection.broken ? Result<HttpResponse>(*connection.broken) : response;
    }

   private:
    CommandWaiterTest& test_;
  };

  Result<CommandWaiter::Outcome> wait(
      seconds limit, CommandWaiter::OnFailure on_failure = CommandWaiter::OnFailure::go_on) {
    ApiClient api(std::make_unique<Client>(
                      *this, [this](const HttpRequest& request) { return serve(request); }),
                  "https://x", SecretBytes());
    CommandWaiter waiter(
        api,
        {[this] { return now_; },
         [this](milliseconds pause) {
           pauses_.push_back(pause);
           now_ += pause;
         },
         [this] { return now_ >= interrupted_at_; }},
        {[this](const Json& result) { seen_.push_back(text_member(result, "enrollment_id")); },
         [this](const CommandWaiter::Outcome& outcome) { progress_.push_back(outcome); }});
    return waiter.wait("C1", limit, on_failure);
  }

  Result<HttpResponse> serve(const HttpRequest& request) {
    if (now_ < away_until_) {
      return Error{ErrorCode::unavailable, "no connection"};
    }
    Json results = Json::array();
    int acknowledged = 0;
    int failed = 0;
    for (const Device& device : devices_) {
      const bool answered = device.answers_at <= now_;
      results.push_back({{"enrollment_id", device.id},
                         {"state", answered ? device.state : std::string("pending")}});
      if (answered) {
        (device.state == "acknowledged" ? acknowledged : failed) += 1;
      }
    }
    if (request.target.find("/results") != std::string::npos) {
      return json_answer(Json{{"results", results}, {"next_cursor", nullptr}}.dump());
    }
    return json_answer(Json{{"targets", devices_.size()},
                            {"acknowledged", acknowledged},
                            {"failed", failed},
                            {"cleared", 0}}
                           .dump());
  }
  static std::string result(int id, const std::string& device,
                            const std::string& state = "acknowledged") {
    return "id: " + std::to_string(id) +
           "\nevent: result\ndata: " + Json{{"enrollment_id", device}, {"state", state}}.dump() +
           "\n\n";
  }
  static std::string counts(const std::string& name, int targets, int not_now = 0) {
    return "event: " + name + "\ndata: " + Json{{"targets", targets}, {"not_now", not_now}}.dump() +
           "\n\n";
  }
  std::int64_t count_of_requests(const std::string& part) const {
    return std::count_if(requests_.begin(), requests_.end(), [&](const HttpRequest& request) {
      return request.target.find(part) != std::string::npos;
    });
  }

  std::vector<Device> devices_;
  std::deque<Connection> connections_;
  std::vector<std::string> resumed_from_;
  std::vector<HttpRequest> requests_;
  std::vector<milliseconds> pauses_;
  std::vector<std::string> seen_;
  std::vector<CommandWaiter::Outcome> progress_;
  milliseconds now_{0};
  milliseconds away_until_{0};
  milliseconds interrupted_at_{milliseconds::max()};
};
using Names = std::vector<std::string>;

TEST_F(CommandWaiterTest, FollowsTheStreamToItsEndAndAsksNothingElse) {
  connections_ = {{{"retry: 2000\n: hello\n\n", counts("summary", 2), result(7, "A"),
                    counts("summary", 2, 1), result(9, "B", "error") + counts("done", 2)}}};
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(seen_, (Names{"A", "B"}));
  EXPECT_EQ(outcome->acknowledged, 1);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(progress_.front().targets, 2);
  EXPECT_EQ(progress_.at(2).not_now, 1);
  EXPECT_EQ(progress_.at(2).waiting(), 1);
}

TEST_F(CommandWaiterTest, GoesOnWhereAStreamBrokeOff) {
  connections_ = {{{counts("summary", 3), result(7, "A"), "id: 8\nevent: result\nda"},
                   Error{ErrorCode::unavailable, "connection reset"}},
                  {{result(8, "B")}},  // the server stopped: a whole answer, but no `done`
                  {{}, Error{ErrorCode::unavailable, "no connection"}},
                  {{result(8, "B"), result(9, "C") + counts("done", 3)}}};
  devices_ = {{"A", milliseconds(0), "acknowledged"},
              {"B", milliseconds(0), "acknowledged"},
              {"C", std::chrono::hours(1), "acknowledged"}};
  const auto outcome = wait(seconds(600));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(seen_, (Names{"A", "B", "C"}));
  EXPECT_EQ(outcome->acknowledged, 3);
  EXPECT_EQ(resumed_from_, (Names{"", "7", "8", "8"}));
  // While there was none, it was asked.
  EXPECT_GT(count_of_requests("/api/v1/commands/C1"), 0);
}

TEST_F(CommandWaiterTest, WhereNoPlaceIsLeftItAsks) {
  devices_ = {{"A", seconds(3), "acknowledged"}};
  connections_ = {{{}, Error{ErrorCode::unavailable, "as many as are allowed"}}};
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->acknowledged, 1);
  EXPECT_EQ(seen_, Names{"A"});
}

// The log of what was settled may have been shortened; the counts have not.
TEST_F(CommandWaiterTest, WhatAStreamDidNotShowIsAskedForAtItsEnd) {
  devices_ = {{"A", milliseconds(0), "acknowledged"}, {"B", milliseconds(0), "error"}};
  connections_ = {{{counts("summary", 2), result(7, "A") + counts("done", 2)}}};
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(seen_, (Names{"A", "B"}));
  EXPECT_EQ(outcome->acknowledged, 1);
  EXPECT_EQ(outcome->failed, 1);
}

TEST_F(CommandWaiterTest, AStreamEndsWithTheTime) {
  connections_ = {{{counts("summary", 2), result(7, "A"), ": still here\n\n", "", "", ""}}};
  connections_.front().before_each = seconds(1);
  const auto outcome = wait(seconds(5));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(outcome->waiting(), 1);
  EXPECT_EQ(now_, seconds(5));
}

TEST_F(CommandWaiterTest, AnInterruptionIsNoTimeout) {
  connections_ = {{{counts("summary", 2), "", "", ""}}};
  connections_.front().before_each = seconds(1);
  interrupted_at_ = seconds(2);
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(now_, seconds(2));
}

TEST_F(CommandWaiterTest, TheFirstFailureOfAStreamIsEnoughWhenAsked) {
  connections_ = {
      {{counts("summary", 3), result(7, "A") + result(8, "B", "error") + result(9, "C", "error")}}};
  const auto outcome = wait(seconds(60), CommandWaiter::OnFailure::stop);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_EQ(seen_, (Names{"A", "B"}));
  EXPECT_FALSE(outcome->timed_out);
}

TEST_F(CommandWaiterTest, WhatIsNoResultIsAnError) {
  connections_ = {{{"event: result\ndata: nonsense\n\n"}}};
  EXPECT_FALSE(wait(seconds(60)));
}

TEST_F(CommandWaiterTest, EndsWithTheLastAnswerAndTellsEachOnce) {
  devices_ = {{"A", milliseconds(300), "acknowledged"}, {"B", milliseconds(5000), "error"}};
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->acknowledged, 1);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(seen_, (Names{"A", "B"}));
}

TEST_F(CommandWaiterTest, AsksMoreAndMoreSeldomAndNotBeyondTheLimit) {
  devices_ = {{"A", std::chrono::hours(1), "acknowledged"}};
  const auto outcome = wait(seconds(30));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(now_, seconds(30));
  EXPECT_EQ(pauses_.front(), milliseconds(100));
  EXPECT_EQ(*std::max_element(pauses_.begin(), pauses_.end()), milliseconds(2000));
  // Once for the stream, which this server has not, and once for the list: nothing new came.
  EXPECT_EQ(count_of_requests("/results"), 2);
}

TEST_F(CommandWaiterTest, StopsAtTheFirstFailureWhenAsked) {
  devices_ = {{"A", milliseconds(0), "error"}, {"B", std::chrono::hours(1), "acknowledged"}};
  const auto outcome = wait(seconds(60), CommandWaiter::OnFailure::stop);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_EQ(now_, milliseconds(0));
}

TEST_F(CommandWaiterTest, OutlivesAServerThatIsAwayForAWhile) {
  devices_ = {{"A", milliseconds(0), "acknowledged"}};
  away_until_ = seconds(10);
  const auto outcome = wait(seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->acknowledged, 1);
}

TEST_F(CommandWaiterTest, AServerThatStaysAwayIsATimeout) {
  away_until_ = std::chrono::hours(1);
  const auto outcome = wait(seconds(5));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
}

}  // namespace
}  // namespace bramley
