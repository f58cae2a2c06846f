#include "cli/simulator/fleet.h"

#include "cli/simulator/replay.h"
#include "tests/unit/cli/simulator/simulation_fixture.h"

namespace bramley {
namespace {

class FleetTest : public SimulationFixture {
 protected:
  FleetCounts run(FleetOptions options) {
    const DeviceSurroundings all = surroundings();
    return Fleet(options, all).run([](const FleetCounts&) { return true; });
  }
  static FleetOptions once(std::size_t devices) {
    return {.devices = devices, .threads = 4, .duration = std::chrono::seconds(0)};
  }
  [[nodiscard]] std::uint64_t sent(const std::string& message) const {
    for (const MessageStatistics& known : statistics_.messages()) {
      if (known.message == message) {
        return known.sent;
      }
    }
    return 0;
  }
};

TEST_F(FleetTest, EveryDeviceEnrollsAndPollsOnce) {
  const FleetCounts counts = run(once(12));
  EXPECT_EQ(counts.enrolled, 12U);
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_EQ(server_.issued, 12);
  EXPECT_EQ(sent("Authenticate"), 12U);
  EXPECT_EQ(sent("TokenUpdate"), 12U);
  EXPECT_EQ(sent("Idle"), 12U);
  EXPECT_EQ(sent("SCEP"), 12U);
  EXPECT_TRUE(statistics_.errors().empty());
}

TEST_F(FleetTest, TheSameOnesComeBack) {
  directory_ = DeviceDirectory(folder_ / "devices", 1);
  run(once(3));
  const FleetCounts counts = run(once(4));
  EXPECT_EQ(counts.enrolled, 4U);
  EXPECT_EQ(server_.issued, 4);
  EXPECT_EQ(sent("Authenticate"), 4U);
  EXPECT_EQ(sent("Idle"), 7U);
}

TEST_F(FleetTest, FailuresAreCountedAndNamed) {
  server_.device_status = 400;
  const FleetCounts counts = run(once(2));
  EXPECT_EQ(counts.failed, 2U);
  EXPECT_EQ(counts.enrolled, 0U);
  EXPECT_EQ(statistics_.errors().at("Authenticate: the server answered 400"), 2U);
}

TEST_F(FleetTest, AFailureIsCountedOnce) {
  server_.failure = Error{ErrorCode::unavailable, "no connection"};
  run(once(2));
  ASSERT_EQ(statistics_.errors().size(), 1U);
  EXPECT_EQ(statistics_.errors().begin()->second, 2U);
}

TEST_F(FleetTest, PollsUntilTheTimeIsOver) {
  const FleetCounts counts = run({.devices = 2,
                                  .threads = 2,
                                  .duration = std::chrono::seconds(2),
                                  .poll = std::chrono::seconds(0),
                                  .rate = 50});
  EXPECT_EQ(counts.enrolled, 2U);
  EXPECT_GT(server_.idles, 10);
  EXPECT_LT(server_.idles, 120);
}

TEST_F(FleetTest, EndsEarlyWhenTheCallerSaysSo) {
  const DeviceSurroundings all = surroundings();
  FleetOptions options = once(1);
  options.duration = std::chrono::hours(1);
  int ticks = 0;
  const auto start = std::chrono::steady_clock::now();
  Fleet(options, all).run([&ticks](const FleetCounts&) { return ++ticks < 3; });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST_F(FleetTest, ChecksOutAtTheEnd) {
  FleetOptions options = once(3);
  options.ending = FleetOptions::Ending::check_out;
  const FleetCounts counts = run(options);
  EXPECT_EQ(counts.checked_out, 3U);
  EXPECT_EQ(sent("CheckOut"), 3U);
}

TEST_F(FleetTest, ThoseWhoAreToldToLeaveAreNotFailures) {
  directory_ = DeviceDirectory(folder_ / "devices", 1);
  run(once(2));
  server_.device_status = 401;
  const FleetCounts counts = run(once(2));
  EXPECT_EQ(counts.left, 2U);
  EXPECT_EQ(counts.failed, 0U);
}

TEST_F(FleetTest, PreparedRequestsAreGoodLater) {
  const DeviceSurroundings all = surroundings();
  const auto folder = folder_ / "prepared";
  const auto go_on = [](const FleetCounts&) { return true; };
  EXPECT_EQ(Fleet(once(3), all).prepare(folder, Overwrite::refuse, go_on).prepared, 3U);
  EXPECT_TRUE(server_.check_ins.empty());
  EXPECT_EQ(Fleet(once(1), all).prepare(folder, Overwrite::refuse, go_on).failed, 1U);

  const auto prepared = read_prepared_requests(folder, 100);
  ASSERT_TRUE(succeeded(prepared));
  ASSERT_EQ(prepared->devices.size(), 3U);
  EXPECT_EQ(prepared->devices[0].udid, make_device_facts(1, 0).udid);
  EXPECT_EQ(prepared->roots, server_.ca().pem());
  EXPECT_EQ(read_prepared_requests(folder, 2)->devices.size(), 2U);

  SimulationStatistics replayed;
  const auto http = clients_.trusting(prepared->roots);
  const ReplaySummary summary =
      replay(*prepared, {.threads = 2}, *http, replayed, [] { return true; });
  EXPECT_EQ(summary.requests, 9U);
  EXPECT_EQ(server_.check_ins.size(), 6U);
  EXPECT_EQ(server_.idles, 3);
  for (const MessageStatistics& message : replayed.messages()) {
    EXPECT_EQ(message.by_status, (std::map<int, std::uint64_t>{{200, 3}})) << message.message;
  }
}

TEST_F(FleetTest, ReplaysWhatItIsToldUntilTheTimeIsOver) {
  const DeviceSurroundings all = surroundings();
  Fleet(once(2), all).prepare(folder_ / "prepared", Overwrite::refuse, [](const FleetCounts&) {
    return true;
  });
  const auto prepared = read_prepared_requests(folder_ / "prepared", 100);
  ASSERT_TRUE(succeeded(prepared));
  const auto http = clients_.trusting(prepared->roots);
  SimulationStatistics replayed;
  const ReplayOptions options{
      .threads = 2, .duration = std::chrono::seconds(1), .messages = {"Idle"}};
  const ReplaySummary summary = replay(*prepared, options, *http, replayed, [] { return true; });
  EXPECT_GT(summary.requests, 2U);
  EXPECT_TRUE(server_.check_ins.empty());
  EXPECT_EQ(static_cast<std::uint64_t>(server_.idles), summary.requests);
}

TEST_F(FleetTest, FoldersWithoutPreparedRequestsAreRefused) {
  EXPECT_TRUE(failed_with(ErrorCode::malformed, read_prepared_requests(folder_, 1)));
  EXPECT_TRUE(failed_with(ErrorCode::unavailable, read_prepared_requests(folder_ / "none", 1)));
  for (const char* text : {"", "{}", "{\"format\":\"other\"}",
                           "{\"format\":\"bramley prepared requests 1\",\"udid\":1}"}) {
    ASSERT_TRUE(
        write_file(folder_ / "000001.json", as_bytes(text), FileMode::secret, Overwrite::replace));
    EXPECT_TRUE(failed_with(ErrorCode::malformed, read_prepared_requests(folder_, 1))) << text;
  }
}

}  // namespace
}  // namespace bramley
