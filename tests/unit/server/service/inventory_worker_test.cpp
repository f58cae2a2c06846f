#include "server/service/inventory_worker.h"

#include <gtest/gtest.h>

#include "core/plist/plist_document.h"
#include "server/store/store.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_push_service.h"
#include "tests/support/recording_log.h"
#include "tests/support/recording_metrics.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using std::chrono::hours;

class InventoryWorkerTest : public testing::Test {
 protected:
  std::vector<CommandDelivery> waiting(const std::string& udid) {
    return store_->commands().queue(udid, {}).value().items;
  }
  void answer_all(const std::string& udid) {
    for (const CommandDelivery& each : waiting(udid)) {
      ASSERT_TRUE(store_->commands().settle_and_next(
          test_report(udid, each.command_uuid, "Acknowledged"), clock_.now()));
    }
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  RecordingMetrics metrics_;
  FakePushService pushes_;
  std::unique_ptr<Store> store_ = make_memory_store();
  InventoryWorker worker_{hours(24),
                          {store_->inventory(), pushes_, clock_, random_, log_, metrics_}};
};

TEST_F(InventoryWorkerTest, AsksForAllFactsBehindEverythingElse) {
  enroll_device(*store_, "D1", clock_.now());
  worker_.step();
  EXPECT_EQ(metrics_["bramley_inventory_devices_total{asked}"], 1);
  EXPECT_EQ(pushes_.wakes, 1);
  worker_.step();
  EXPECT_EQ(pushes_.wakes, 1);
  const auto found = waiting("D1");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].request_type, "DeviceInformation");
  EXPECT_EQ(found[1].request_type, "SecurityInfo");
  for (const CommandDelivery& each : found) {
    EXPECT_TRUE(is_inventory_command(each.command_uuid));
    const auto summary = store_->commands().find(each.command_uuid).value();
    EXPECT_LT(summary->priority, 0);
    EXPECT_EQ(summary->expires_at, clock_.now() + hours(24 * 7));
    const auto command = store_->commands().command(each.command_uuid).value();
    const auto parsed = parse_command(command->plist);
    EXPECT_EQ(parsed->uuid, each.command_uuid);
    EXPECT_EQ(parsed->request_type, each.request_type);
  }
  const auto plist =
      parse_plist_dictionary(store_->commands().command(found[0].command_uuid).value()->plist);
  const auto* const queries = plist->find("Command")->dictionary()->find("Queries")->array();
  EXPECT_GE(queries->size(), 15U);
  EXPECT_NE(std::find(queries->begin(), queries->end(), PlistValue("IsSupervised")),
            queries->end());
}

TEST_F(InventoryWorkerTest, ADayIsNotOneMoment) {
  constexpr int devices = 50;
  for (int i = 0; i < devices; ++i) {
    enroll_device(*store_, "D" + std::to_string(i), clock_.now());
  }
  worker_.step();
  for (int i = 0; i < devices; ++i) {
    EXPECT_EQ(waiting("D" + std::to_string(i)).size(), 2U) << i;
    answer_all("D" + std::to_string(i));
  }
  clock_.advance(hours(21));
  int busiest = 0;
  int asked = 0;
  for (int step = 0; step < 36; ++step) {
    clock_.advance(std::chrono::minutes(10));
    worker_.step();
    int now_asked = 0;
    for (int i = 0; i < devices; ++i) {
      now_asked += waiting("D" + std::to_string(i)).empty() ? 0 : 1;
    }
    busiest = std::max(busiest, now_asked - asked);
    asked = now_asked;
  }
  EXPECT_EQ(asked, devices);
  EXPECT_LE(busiest, 10);
}

}  // namespace
}  // namespace bramley
