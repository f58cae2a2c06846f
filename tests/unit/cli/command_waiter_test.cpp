#include "cli/command_waiter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/cli/fake_http_client.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;

// A server whose devices answer at given moments of a clock that only sleeping moves.
class CommandWaiterTest : public testing::Test {
 protected:
  struct Device {
    std::string id;
    milliseconds answers_at;
    std::string state;
  };

  Result<CommandWaiter::Outcome> wait(
      std::chrono::seconds limit,
      CommandWaiter::OnFailure on_failure = CommandWaiter::OnFailure::go_on) {
    ApiClient api(std::make_unique<FakeHttpClient>(
                      [this](const HttpRequest& request) { return serve(request); }, requests_),
                  "https://x", SecretBytes());
    CommandWaiter waiter(api, {[this] { return now_; },
                               [this](milliseconds pause) {
                                 pauses_.push_back(pause);
                                 now_ += pause;
                               }});
    return waiter.wait(
        "C1", limit, on_failure,
        [this](const Json& result) { seen_.push_back(text_member(result, "enrollment_id")); },
        [](const CommandWaiter::Outcome&) {});
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

  std::vector<Device> devices_;
  std::vector<HttpRequest> requests_;
  std::vector<milliseconds> pauses_;
  std::vector<std::string> seen_;
  milliseconds now_{0};
  milliseconds away_until_{0};
};

TEST_F(CommandWaiterTest, EndsWithTheLastAnswerAndTellsEachOnce) {
  devices_ = {{"A", milliseconds(300), "acknowledged"}, {"B", milliseconds(5000), "error"}};
  const auto outcome = wait(std::chrono::seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->acknowledged, 1);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(seen_, (std::vector<std::string>{"A", "B"}));
}

TEST_F(CommandWaiterTest, AsksMoreAndMoreSeldomAndNotBeyondTheLimit) {
  devices_ = {{"A", std::chrono::hours(1), "acknowledged"}};
  const auto outcome = wait(std::chrono::seconds(30));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(now_, std::chrono::seconds(30));
  EXPECT_EQ(pauses_.front(), milliseconds(100));
  EXPECT_EQ(*std::max_element(pauses_.begin(), pauses_.end()), milliseconds(2000));
  // The results themselves are fetched once: nothing new came.
  EXPECT_EQ(std::count_if(requests_.begin(), requests_.end(),
                          [](const HttpRequest& request) {
                            return request.target.find("/results") != std::string::npos;
                          }),
            1);
}

TEST_F(CommandWaiterTest, StopsAtTheFirstFailureWhenAsked) {
  devices_ = {{"A", milliseconds(0), "error"}, {"B", std::chrono::hours(1), "acknowledged"}};
  const auto outcome = wait(std::chrono::seconds(60), CommandWaiter::OnFailure::stop);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->timed_out);
  EXPECT_EQ(outcome->failed, 1);
  EXPECT_EQ(now_, milliseconds(0));
}

TEST_F(CommandWaiterTest, OutlivesAServerThatIsAwayForAWhile) {
  devices_ = {{"A", milliseconds(0), "acknowledged"}};
  away_until_ = std::chrono::seconds(10);
  const auto outcome = wait(std::chrono::seconds(60));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->acknowledged, 1);
}

TEST_F(CommandWaiterTest, AServerThatStaysAwayIsATimeout) {
  away_until_ = std::chrono::hours(1);
  const auto outcome = wait(std::chrono::seconds(5));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
}

}  // namespace
}  // namespace bramley
