#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/service/push_dispatcher.h"
#include "server/store/store.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_push_provider.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// A schedule whose database is away when it is told to.
class FailingSchedule : public PushSchedule {
 public:
  explicit FailingSchedule(PushSchedule& next) : next_(next) {}
  Result<std::vector<DuePush>> claim(Timestamp now, std::size_t limit, Timestamp lease_end,
                                     std::int64_t ticket) override {
    if (fails) {
      return away();
    }
    return next_.claim(now, limit, lease_end, ticket);
  }
  Status settle(std::span<const PushSettlement> settlements, Timestamp now) override {
    return fails ? Status(away()) : next_.settle(settlements, now);
  }
  Result<std::optional<Timestamp>> next_due() const override { return next_.next_due(); }
  Result<std::vector<Result<DuePush>>> addresses(std::span<const std::string> ids) const override {
    if (fails) {
      return away();
    }
    return next_.addresses(ids);
  }

  std::atomic<bool> fails = false;

 private:
  static Error away() { return {ErrorCode::unavailable, "database is away"}; }
  PushSchedule& next_;
};

class PushFixture : public testing::Test {
 protected:
  // The token of a device is its name.
  void enroll(const std::string& id) {
    enroll_device(*store_, id, clock_.now());
    TokenUpdate update;
    update.topic = "com.apple.mgmt.test";
    update.push_magic = "magic";
    update.token = to_bytes(id);
    ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::device(id), update,
                                                        as_bytes("<raw/>"), clock_.now()));
  }
  void queue(const std::string& id, const std::string& uuid,
             PushOrder order = {PushOrder::By::dispatcher}) {
    const Command command{uuid, "DeviceInformation", to_bytes("<plist/>")};
    ASSERT_TRUE(store_->commands().enqueue(std::vector<std::string>{id}, command, clock_.now(),
                                           {.push = order}));
  }
  void report(const std::string& id, ReportStatus status, const std::string& uuid) {
    ASSERT_TRUE(store_->commands().settle_and_next({EnrollmentId::device(id), status, "", uuid, {}},
                                                   clock_.now()));
  }
  PushState push_state(const std::string& id) {
    return (*store_->enrollments().find(id))->push_state;
  }
  // Who was pushed since the last time.
  std::vector<std::string> pushed() {
    const std::lock_guard lock(provider_.mutex);
    std::vector<std::string> ids;
    for (const std::string& token : provider_.pushed) {
      ids.push_back(to_text(*decode_hex(token)));
    }
    provider_.pushed.clear();
    return ids;
  }
  void answer(const std::string& id, PushAnswer::Kind kind,
              std::optional<Timestamp> unregistered_at = std::nullopt) {
    provider_.answers[encode_hex(as_bytes(id))] = {
        .kind = kind, .problem = "because", .unregistered_at = unregistered_at};
  }
  // Twice: what the first run begins, the second writes down.
  void run(PushDispatcher& dispatcher) {
    dispatcher.run_once();
    dispatcher.run_once();
  }
  std::unique_ptr<PushDispatcher> dispatcher(PushDispatcher::Options options = {}) {
    return std::make_unique<PushDispatcher>(
        PushDispatcher::Ports{schedule_, provider_, clock_, random_, log_}, options);
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  FailingSchedule schedule_{store_->push_schedule()};
  FakePushProvider provider_;
};

}  // namespace bramley
