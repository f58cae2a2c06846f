#include "server/http/result_stream.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "server/http/limits.h"
#include "server/store/store.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_clock.h"

namespace bramley {
namespace {

ResultStream::Audience everybody() {
  return {[] { return true; }, [](CommandDelivery&) {}};
}

class ResultStreamTest : public testing::Test {
 protected:
  ResultStreamTest() {
    for (const auto* id : {"D1", "D2", "D3"}) {
      enroll_device(*store_, id, clock_.now());
    }
    send({"D1", "D2", "D3"}, "C1");
  }
  void send(const std::vector<std::string>& ids, const std::string& uuid) {
    const Command command{uuid, "DeviceInformation", to_bytes("<plist/>")};
    ASSERT_TRUE(store_->commands().enqueue(ids, command, clock_.now()));
  }
  void report(const std::string& id, const std::string& status, const std::string& more = "") {
    ASSERT_TRUE(
        store_->commands().settle_and_next(test_report(id, "C1", status, more), clock_.now()));
  }
  std::unique_ptr<ResultStream> follow(std::int64_t after = 0) {
    auto stream = std::make_unique<ResultStream>(store_->commands(), bell_, followers_.take_place(),
                                                 everybody(), "C1", after);
    EXPECT_EQ(to_text(*stream->pull()), "retry: 2000\n: results follow\n\n");
    return stream;
  }
  // "name:device-or-counts" of each message that one pull gave; "END" at the end.
  static std::string next(ResultStream& stream) {
    const auto bytes = stream.pull();
    if (!bytes) {
      return "END";
    }
    std::string said;
    std::string name;
    std::string text = to_text(*bytes);
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         end = text.find('\n', start)) {
      const std::string line = text.substr(start, end - start);
      start = end + 1;
      if (line.starts_with("event: ")) {
        name = line.substr(7);
      } else if (line.starts_with("data: ")) {
        const auto data = nlohmann::json::parse(line.substr(6));
        said += said.empty() ? "" : " ";
        said += name + ":" +
                (name == "result" ? data["enrollment_id"].get<std::string>() + "=" +
                                        data["state"].get<std::string>()
                                  : std::to_string(data["pending"].get<int>()) + "/" +
                                        std::to_string(data["not_now"].get<int>()));
      }
    }
    return said;
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_ = make_memory_store();
  EventBell bell_;
  Followers followers_;
};

TEST_F(ResultStreamTest, TellsEachResultOnceTheCountsWhenTheyChangeAndTheEnd) {
  const auto stream = follow();
  EXPECT_EQ(next(*stream), "summary:3/0");
  EXPECT_EQ(next(*stream), "");
  report("D2", "Acknowledged");
  report("D3", "NotNow");
  EXPECT_EQ(next(*stream), "summary:2/1 result:D2=acknowledged");
  EXPECT_EQ(next(*stream), "");
  report("D3", "Error");
  EXPECT_EQ(next(*stream), "summary:1/0 result:D3=error");
  ASSERT_TRUE(store_->commands().cancel("C1", "", clock_.now()));
  EXPECT_EQ(next(*stream), "summary:0/0 result:D1=cancelled done:0/0");
  EXPECT_EQ(next(*stream), "END");
}

TEST_F(ResultStreamTest, GoesOnBehindAnId) {
  report("D2", "Acknowledged");
  report("D1", "Acknowledged");
  const auto first = follow();
  const std::string text = to_text(*first->pull());
  const std::size_t id = text.find("\nid: ");
  ASSERT_NE(id, std::string::npos);
  const auto resumed = follow(std::stoll(text.substr(id + 5)));
  EXPECT_EQ(next(*resumed), "summary:1/0 result:D1=acknowledged");
}

TEST_F(ResultStreamTest, ALateFollowerGetsItAllAndTheEnd) {
  for (const auto* id : {"D1", "D2", "D3"}) {
    report(id, "Acknowledged");
  }
  const auto stream = follow();
  EXPECT_EQ(next(*stream),
            "summary:0/0 result:D1=acknowledged result:D2=acknowledged result:D3=acknowledged "
            "done:0/0");
  EXPECT_EQ(next(*stream), "END");
}

TEST_F(ResultStreamTest, LargeReportsMakePiecesNotOneLargeAnswer) {
  const std::string padding =
      "<key>Pad</key><string>" + std::string(limits::streamed_results_bytes, 'x') + "</string>";
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) {
    ids.push_back(enroll_device(*store_, "L" + std::to_string(i), clock_.now()));
  }
  send(ids, "C2");
  for (const std::string& id : ids) {
    ASSERT_TRUE(store_->commands().settle_and_next(test_report(id, "C2", "Acknowledged", padding),
                                                   clock_.now()));
  }
  ResultStream stream(store_->commands(), bell_, followers_.take_place(), everybody(), "C2", 0);
  int pieces = 0;
  while (const auto piece = stream.pull()) {
    pieces += piece->empty() ? 0 : 1;
    EXPECT_LT(piece->size(), limits::streamed_results_bytes * 12 * 3);
  }
  EXPECT_GE(pieces, 1 + 3);
}

TEST_F(ResultStreamTest, EndsWithTheServerAtOnce) {
  const auto stream = follow();
  EXPECT_EQ(next(*stream), "summary:3/0");
  std::thread closing([this] { bell_.close(); });
  while (stream->pull()) {
  }
  closing.join();
}

TEST_F(ResultStreamTest, EndsWhenTheCommandIsForgotten) {
  for (const auto* id : {"D1", "D2", "D3"}) {
    report(id, "Acknowledged");
  }
  const auto stream = follow();
  ASSERT_TRUE(store_->commands().forget({.results = 0}, clock_.now(), 100));
  EXPECT_EQ(next(*stream), "END");
}

TEST_F(ResultStreamTest, FollowersHaveSoManyPlacesAndGiveThemBack) {
  std::vector<std::unique_ptr<Followers::Place>> places;
  for (int i = 0; i < limits::event_subscribers; ++i) {
    places.push_back(followers_.take_place());
    ASSERT_TRUE(places.back());
  }
  EXPECT_FALSE(followers_.take_place());
  places.pop_back();
  EXPECT_TRUE(followers_.take_place());
  EXPECT_TRUE(followers_.take_place());  // the last one has gone again
}

}  // namespace
}  // namespace bramley
