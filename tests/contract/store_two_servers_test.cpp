// Two stores on one database at the same time, as two servers have them: what one of them says is
// so for the other.

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "tests/contract/store_contract.h"

namespace bramley {
namespace {

class SharedMaker {
 public:
  std::unique_ptr<Store> open() {
    auto store = open_sqlite_store(
        {.file = directory_.path() / "bramley.db", .use = SqliteOptions::Use::shared},
        test_sealer(), log_);
    if (!store) {
      ADD_FAILURE() << store.error().message;
      return nullptr;
    }
    return *std::move(store);
  }
  static constexpr bool survives = true;

 private:
  TemporaryDirectory directory_;
  NullLog log_;
};

class TwoServers : public StoreContract<SharedMaker> {
 protected:
  TwoServers() : other_(maker_.open()) {}
  Store& server(std::size_t number) { return number % 2 == 0 ? *store_ : *other_; }

  // What a device is given at that server for what it says.
  std::string at(std::size_t number, const EnrollmentId& id, ReportStatus status,
                 const std::string& uuid) {
    const CommandReport said{id, status, "as sent", uuid, to_bytes("<report/>")};
    const auto next = server(number).commands().settle_and_next(said, now());
    EXPECT_TRUE(next) << next.error().message;
    return next && *next ? (*next)->uuid : "";
  }

  std::unique_ptr<Store> other_;
};

TEST_F(TwoServers, WhatOneWritesTheOtherKnowsAtOnce) {
  const auto id = enroll("D1");
  EXPECT_EQ(at(0, id, ReportStatus::idle, ""), "");
  EXPECT_EQ(at(1, id, ReportStatus::idle, ""), "");
  enqueue({"D1"}, command("C1"));
  EXPECT_EQ(at(1, id, ReportStatus::idle, ""), "C1");
  EXPECT_EQ(at(0, id, ReportStatus::idle, ""), "C1");
  EXPECT_EQ(at(1, id, ReportStatus::acknowledged, "C1"), "");
  EXPECT_EQ(at(0, id, ReportStatus::idle, ""), "");
  EXPECT_EQ(*enrollments().dismissal("D1"), Dismissal::none);
  ASSERT_TRUE(other_->enrollments().set_dismissal("D1", Dismissal::block));
  EXPECT_EQ(*enrollments().dismissal("D1"), Dismissal::block);
  const auto identity = find("D1").certificate;
  ASSERT_TRUE(identity);
  EXPECT_EQ(*certificates().device_of(*identity), "D1");
  ASSERT_TRUE(other_->certificates().revoke(*identity, RevocationReason::superseded, now()));
  EXPECT_EQ(*certificates().device_of(*identity), std::nullopt);
}

TEST_F(TwoServers, ATokenThatOneRevokesLetsNobodyInAtTheOther) {
  const auto secret = sha256(as_bytes("secret"));
  const ApiToken made{
      .name = {"t1", "pipeline"}, .created_at = now(), .expires_at = now() + std::chrono::hours(1)};
  ASSERT_TRUE(store_->tokens().add(secret, made));
  for (const std::size_t number : {0U, 1U}) {
    EXPECT_TRUE((*server(number).tokens().find(secret))->is_good_at(now()));
  }
  ASSERT_TRUE(other_->tokens().revoke("t1", now()));
  for (const std::size_t number : {0U, 1U}) {
    EXPECT_FALSE((*server(number).tokens().find(secret))->is_good_at(now()));
  }
}

TEST_F(TwoServers, TheLaterUseOfATokenIsKeptWhicheverWritesItFirst) {
  ASSERT_TRUE(store_->tokens().add(sha256(as_bytes("secret")),
                                   {.name = {"t1", "pipeline"}, .expires_at = now()}));
  store_->tokens().note_used("t1", now());
  clock_.advance(std::chrono::seconds(3));
  other_->tokens().note_used("t1", now());
  other_.reset();  // writes
  EXPECT_EQ((*store_->tokens().show("t1"))->last_used_at, now());
  reopen();
  EXPECT_EQ((*store_->tokens().show("t1"))->last_used_at, now());
}

TEST_F(TwoServers, OneOfThemAsksADeviceForItsFacts) {
  for (int i = 0; i < 30; ++i) {
    enroll("D" + std::to_string(i));
  }
  std::atomic<std::int64_t> asked = 0;
  const auto ask = [&](std::size_t number) {
    for (int step = 0; step < 10; ++step) {
      const std::string base = std::string(inventory_command_prefix) + std::to_string(number) +
                               "-" + std::to_string(step);
      const InventoryStore::Refresh refresh{std::chrono::hours(24),
                                            base,
                                            command(information_uuid(base)),
                                            command(security_uuid(base), "SecurityInfo"),
                                            {},
                                            0,
                                            5};
      const auto done = server(number).inventory().refresh(refresh, now());
      EXPECT_TRUE(done) << done.error().message;
      asked += done ? done->asked : 0;
    }
  };
  std::thread beside([&] { ask(1); });
  ask(0);
  beside.join();
  EXPECT_EQ(asked, 30);
  for (int i = 0; i < 30; ++i) {
    const auto waiting = other_->commands().queue("D" + std::to_string(i), {});
    EXPECT_EQ(waiting->items.size(), 2U) << i;
  }
}

// Who follows a command at one server learns what another one settled.
TEST_F(TwoServers, WhatOneSettlesTheOtherTells) {
  const auto first = enroll("D1");
  const auto second = enroll("D2");
  enqueue({"D1", "D2"}, command("C1"));
  EXPECT_TRUE(commands().settled("C1", 0, 10, 1000)->empty());
  at(1, second, ReportStatus::acknowledged, "C1");
  const auto told = commands().settled("C1", 0, 10, 1000);
  ASSERT_EQ(told->size(), 1U);
  EXPECT_EQ(told->front().delivery.enrollment_id, "D2");
  at(0, first, ReportStatus::not_now, "C1");
  EXPECT_EQ((*other_->commands().find("C1"))->not_now, 1);
  at(0, first, ReportStatus::acknowledged, "C1");
  const auto more = other_->commands().settled("C1", told->front().position, 10, 1000);
  ASSERT_EQ(more->size(), 1U);
  EXPECT_EQ(more->front().delivery.enrollment_id, "D1");
  EXPECT_EQ((*commands().find("C1"))->pending, 0);
}

// One device, which asks whichever server is nearest; what it saw is judged at the end.
class Wanderer {
 public:
  using Ask = std::function<std::string(std::size_t, ReportStatus, const std::string&)>;
  Wanderer(Ask ask, unsigned seed) : ask_(std::move(ask)), dice_(seed) {}

  void live(const std::atomic<bool>& all_queued, std::size_t commands) {
    // More often in a row than answers get lost.
    constexpr int most_in_vain = 60;
    for (int in_vain = 0; finals_.size() < commands && in_vain < most_in_vain;) {
      const bool is_queued = all_queued;
      const std::size_t before = finals_.size();
      converse();
      in_vain = is_queued && finals_.size() == before ? in_vain + 1 : 0;
    }
  }
  [[nodiscard]] const std::vector<std::string>& finals() const { return finals_; }
  [[nodiscard]] int given_again() const { return given_again_; }

 private:
  void converse() {
    std::string uuid = ask_(dice_(), ReportStatus::idle, "");
    while (!uuid.empty()) {
      if (std::ranges::find(finals_, uuid) != finals_.end()) {
        ++given_again_;
        return;
      }
      if (dice_() % 4 == 0) {
        return;  // the answer is lost on its way: it comes again
      }
      finals_.push_back(uuid);
      uuid = ask_(dice_(), ReportStatus::acknowledged, uuid);
    }
  }

  Ask ask_;
  std::mt19937 dice_;
  std::vector<std::string> finals_;
  int given_again_ = 0;
};

TEST_F(TwoServers, NothingIsLostTheOrderIsKeptAndNoCommandComesAfterItsFinalReport) {
  constexpr std::size_t devices = 6;
  constexpr std::size_t commands_each = 20;
  std::vector<EnrollmentId> ids;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < devices; ++i) {
    names.push_back("D" + std::to_string(i));
    ids.push_back(enroll(names.back()));
  }
  std::vector<Wanderer> wanderers;
  for (std::size_t i = 0; i < devices; ++i) {
    wanderers.emplace_back(
        [this, &ids, i](std::size_t number, ReportStatus status, const std::string& uuid) {
          return at(number, ids[i], status, uuid);
        },
        static_cast<unsigned>(i));
  }
  std::atomic<bool> all_queued = false;
  std::vector<std::thread> threads;
  for (Wanderer& wanderer : wanderers) {
    threads.emplace_back([&] { wanderer.live(all_queued, 2 * commands_each); });
  }
  // One pipeline at each server, each with an order of its own.
  std::vector<std::thread> pipelines;
  for (const std::size_t number : {0U, 1U}) {
    pipelines.emplace_back([&, number] {
      for (std::size_t i = 0; i < commands_each; ++i) {
        const auto uuid = std::string(number == 0 ? "A" : "B") + std::to_string(100 + i);
        const auto refused = server(number).commands().enqueue(names, command(uuid), now());
        EXPECT_TRUE(refused && refused->empty());
      }
    });
  }
  for (auto& pipeline : pipelines) {
    pipeline.join();
  }
  all_queued = true;
  for (auto& thread : threads) {
    thread.join();
  }
  for (const Wanderer& wanderer : wanderers) {
    EXPECT_EQ(wanderer.given_again(), 0);
    ASSERT_EQ(wanderer.finals().size(), 2 * commands_each);
    for (const char pipeline : {'A', 'B'}) {
      std::vector<std::string> own;
      std::ranges::copy_if(wanderer.finals(), std::back_inserter(own),
                           [&](const std::string& uuid) { return uuid.front() == pipeline; });
      EXPECT_EQ(own.size(), commands_each);
      EXPECT_TRUE(std::ranges::is_sorted(own));
    }
  }
  for (const EnrollmentId& id : ids) {
    EXPECT_EQ(queue_of(id), "");
  }
}

TEST_F(TwoServers, EachEventIsDeliveredInItsOrderWhicheverServerTellsIt) {
  constexpr int events_each = 30;
  ASSERT_TRUE(events().use_webhook("0123456789ab", "https://hook.example.com/", now()));
  std::vector<std::thread> threads;
  for (const std::size_t number : {0U, 1U}) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < events_each; ++i) {
        Event event{EnrollmentId::device("D" + std::to_string(number))};
        event.id = "e" + std::to_string(100 + i);
        event.topic = "mdm.Connect";
        event.created_at = now();
        EXPECT_TRUE(server(number).events().record_with(event, [] { return Status(); }));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  // A server at a time, in turns of the lease; a batch each.
  std::map<std::string, std::vector<std::string>> taken;
  for (int turn = 0; turn < 40; ++turn) {
    auto& here = server(static_cast<std::size_t>(turn)).events();
    auto& there = server(static_cast<std::size_t>(turn) + 1).events();
    const std::string owner = "server" + std::to_string(turn % 2);
    ASSERT_TRUE(*here.claim("0123456789ab", owner, now(), now() + std::chrono::seconds(10)));
    EXPECT_FALSE(*there.claim("0123456789ab", "another", now(), now() + std::chrono::seconds(10)));
    const auto work = here.work("0123456789ab", now(), 7);
    ASSERT_TRUE(work);
    std::vector<DeliveryOutcome> outcomes;
    auto position = work->position;
    for (const auto& fresh : work->fresh) {
      const auto& enrollment = fresh.event.enrollment.value();
      taken[enrollment].push_back(fresh.event.id);
      outcomes.push_back({fresh.event.number, enrollment, DeliveryOutcome::Kind::delivered});
      position = fresh.event.number;
    }
    ASSERT_TRUE(
        here.record_outcomes("0123456789ab", owner, work->position, position, outcomes, now()));
    ASSERT_TRUE(here.release("0123456789ab", owner));
  }
  for (const auto* device : {"D0", "D1"}) {
    EXPECT_EQ(taken[device].size(), std::size_t{events_each});
    EXPECT_TRUE(std::ranges::is_sorted(taken[device]));
  }
}

}  // namespace
}  // namespace bramley
