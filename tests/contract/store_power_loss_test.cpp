// What was answered with success survives a power cut at any moment, and what was not is there
// wholly or not at all.

#include <sqlite3.h>

#include <thread>

#include "tests/contract/store_contract.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/support/random_store_steps.h"
#include "tests/support/store_dump.h"

namespace bramley {
namespace {

using Synchronous = SqliteOptions::Synchronous;

const std::vector<Certificate>& identities() {
  static const auto made = [] {
    std::vector<Certificate> certificates;
    for (int i = 0; i < 10; ++i) {
      certificates.push_back(distinct_certificate());
    }
    return certificates;
  }();
  return made;
}

// "ok", or what SQLite finds wrong with the file.
std::string integrity_of(const std::filesystem::path& file) {
  sqlite3* connection = nullptr;
  std::string found = "cannot be opened";
  if (sqlite3_open(file.c_str(), &connection) == SQLITE_OK) {
    sqlite3_exec(
        connection, "PRAGMA integrity_check",
        [](void* text, int, char** columns, char**) {
          *static_cast<std::string*>(text) = columns[0];
          return 0;
        },
        &found, nullptr);
  }
  sqlite3_close(connection);
  return found;
}

class PowerLoss {
 public:
  PowerLoss(std::uint64_t seed, Synchronous synchronous)
      : synchronous_(synchronous), vfs_("power-loss", seed), steps_(seed, identities()) {}

  // Works, loses power, comes back. Empty if nothing is missing; else what went wrong.
  std::string run() {
    // The database itself is made safely: the question is what happens to its content.
    if (auto problem = open(Synchronous::full); !problem.empty()) {
      return problem;
    }
    store_.reset();
    if (auto problem = open(synchronous_); !problem.empty()) {
      return problem;
    }
    vfs_.fail_after(static_cast<std::int64_t>(1 + steps_.below(600)));
    if (auto problem = work(); !problem.empty()) {
      return problem;
    }
    vfs_.fail();
    store_.reset();
    vfs_.restore();
    return compare();
  }

 private:
  std::string open(Synchronous synchronous) {
    auto opened = open_sqlite_store(
        {.file = file_, .vfs = "power-loss", .synchronous = synchronous}, test_sealer(), log_);
    if (!opened) {
      return "open: " + opened.error().message;
    }
    store_ = *std::move(opened);
    return {};
  }

  std::string dump(Store& store) { return StoreDump::of(store, steps_.challenges(), steps_.now()); }

  // Until the power fails. The store and the model must have answered alike.
  std::string work() {
    for (int i = 0; i < 300; ++i) {
      if (steps_.below(40) == 0) {
        store_.reset();
        if (!open(synchronous_).empty()) {
          break;  // it failed while closing or opening: nothing was asked of it
        }
      }
      const auto step = steps_.next();
      const auto answer = step(*store_);
      if (vfs_.has_failed()) {
        before_ = dump(*model_);
        const auto expected = step(*model_);
        acknowledged_ = answer == expected;
        after_ = dump(*model_);
        return {};
      }
      if (answer != step(*model_)) {
        return "step " + std::to_string(i) + " was answered " + answer;
      }
    }
    before_ = after_ = dump(*model_);
    return {};
  }

  std::string compare() {
    if (auto problem = open(Synchronous::full); !problem.empty()) {
      return problem;
    }
    const auto found = dump(*store_);
    store_.reset();
    if (const auto integrity = integrity_of(file_); integrity != "ok") {
      return "integrity: " + integrity;
    }
    if (found == after_ || (found == before_ && !acknowledged_)) {
      return {};
    }
    return "lost:\n" + found + "\nexpected:\n" + after_;
  }

  Synchronous synchronous_;
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "bramley.db";
  NullLog log_;
  PowerLossVfs vfs_;
  RandomStoreSteps steps_;
  std::unique_ptr<Store> model_ = make_memory_store();
  std::unique_ptr<Store> store_;
  std::string before_;
  std::string after_;
  // The step in which the power failed was answered all the same.
  bool acknowledged_ = false;
};

constexpr std::uint64_t seeds = 50;

TEST(StorePowerLoss, WhatWasAcknowledgedSurvives) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_EQ(PowerLoss(seed, Synchronous::full).run(), "") << "seed " << seed;
  }
}

// The test of the test: without syncs it must see the loss, nearly every time.
TEST(StorePowerLoss, WithoutSyncsTheLossIsSeen) {
  std::uint64_t losses = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    losses += PowerLoss(seed, Synchronous::off).run().empty() ? 0 : 1;
  }
  EXPECT_GE(losses, seeds / 2);
}

// A database that was being made is made again, or is whole.
TEST(StorePowerLoss, AnInterruptedFirstStartCanBeRepeated) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "bramley.db";
    NullLog log;
    PowerLossVfs vfs("power-loss", seed);
    vfs.fail_after(static_cast<std::int64_t>(1 + seed));
    auto first = open_sqlite_store({.file = file, .vfs = "power-loss"}, test_sealer(), log);
    vfs.fail();
    first = Error{};
    vfs.restore();
    auto second = open_sqlite_store({.file = file, .vfs = "power-loss"}, test_sealer(), log);
    ASSERT_TRUE(second) << "seed " << seed << ": " << second.error().message;
    EXPECT_TRUE((*second)->set_fleet_identity({"https://mdm.example.com", ""}));
    second = Error{};
    EXPECT_EQ(integrity_of(file), "ok") << "seed " << seed;
  }
}

// Commits that carry the work of many threads.
class GroupedPowerLoss {
 public:
  explicit GroupedPowerLoss(std::uint64_t seed) : vfs_("power-loss", seed) {
    store_ = open_sqlite_store({.file = file_, .vfs = "power-loss"}, test_sealer(), log_).value();
    vfs_.fail_after(static_cast<std::int64_t>(50 + seed * 37));
  }

  void run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
      threads.emplace_back([this, i] { work(i); });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    vfs_.fail();
    store_.reset();
    vfs_.restore();
    store_ = open_sqlite_store({.file = file_, .vfs = "power-loss"}, test_sealer(), log_).value();
    for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
      check(i);
    }
    store_.reset();
    EXPECT_EQ(integrity_of(file_), "ok");
  }

 private:
  struct Acknowledged {
    bool enrolled = false;
    int queued = 0;
    int reported = 0;
  };
  static std::string name(std::size_t thread, int number) {
    return "C" + std::to_string(thread) + "-" + std::to_string(number);
  }

  // One device: queue a command, report it, and so on.
  void work(std::size_t thread) {
    auto& done = acknowledged_[thread];
    const auto id = EnrollmentId::device("D" + std::to_string(thread));
    const std::vector<std::string> targets{id.value()};
    const auto now = FakeClock().now();
    TokenUpdate token;
    token.token = {1};
    done.enrolled =
        store_->enrollments().begin_enrollment(id, {}, {}, {identities()[thread]}, now) &&
        store_->enrollments().update_push_token(id, token, {}, now);
    for (int i = 0; i < 500 && done.enrolled; ++i) {
      const Command command{name(thread, i), "DeviceLock", Bytes(300, 1)};
      if (!store_->commands().enqueue(targets, command, now)) {
        return;
      }
      ++done.queued;
      if (!store_->commands().settle_and_next(
              {id, ReportStatus::acknowledged, "Acknowledged", command.uuid, Bytes(300, 2)}, now)) {
        return;
      }
      ++done.reported;
    }
  }

  void check(std::size_t thread) {
    const auto& done = acknowledged_[thread];
    if (done.enrolled) {
      const auto found = store_->enrollments().find("D" + std::to_string(thread));
      ASSERT_TRUE(found && *found);
      EXPECT_EQ((*found)->state, EnrollmentState::enrolled);
    }
    for (int i = 0; i < done.queued; ++i) {
      const auto found = store_->commands().find(name(thread, i));
      ASSERT_TRUE(found && *found) << name(thread, i);
      if (i < done.reported) {
        EXPECT_EQ((*found)->acknowledged, 1) << name(thread, i);
      }
    }
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "bramley.db";
  NullLog log_;
  PowerLossVfs vfs_;
  std::unique_ptr<Store> store_;
  std::vector<Acknowledged> acknowledged_ = std::vector<Acknowledged>(8);
};

TEST(StorePowerLoss, WhatWasAcknowledgedInGroupsSurvives) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GroupedPowerLoss(seed).run();
  }
}

// One command for so many that it is written in steps.
class LargeCommandPowerLoss {
 public:
  LargeCommandPowerLoss() {
    open();
    const auto now = FakeClock().now();
    const auto device = EnrollmentId::device("D");
    TokenUpdate token;
    token.token = {1};
    EXPECT_TRUE(store_->enrollments().begin_enrollment(device, {}, {}, {identities()[0]}, now));
    for (std::size_t i = 0; i < targets_at_once * 5 / 2; ++i) {
      const auto user = EnrollmentId::user("D", std::to_string(i));
      EXPECT_TRUE(store_->enrollments().update_push_token(user, token, {}, now));
      ids_.push_back(user.value());
    }
  }

  // Whether the power failed while the command was on its way, and it is there after all.
  bool run(int round) {
    const auto uuid = "C" + std::to_string(round);
    const auto now = FakeClock().now();
    vfs_.fail_after(10 + round * 90);
    const auto sent = store_->commands().enqueue(ids_, {uuid, "DeviceLock", Bytes(300, 1)}, now);
    vfs_.fail();
    store_.reset();
    vfs_.restore();
    open();
    const auto command = store_->commands().find(uuid).value();
    EXPECT_TRUE(command || !sent) << uuid << " was acknowledged and is lost";
    if (!command) {
      return false;
    }
    // A user whose row is not written yet enrolls afresh: what is older is not for it.
    const auto all = static_cast<std::int64_t>(ids_.size());
    EXPECT_EQ(command->pending, all);
    EXPECT_TRUE(store_->commands().clear(ids_.back(), now));
    EXPECT_TRUE(store_->commands().finish_enqueueing());
    EXPECT_EQ((*store_->commands().find(uuid))->pending, all - 1);
    for (const auto* id : {&ids_.front(), &ids_[ids_.size() - 2]}) {
      EXPECT_EQ(store_->commands().queue(*id, {})->items.size(), 1U) << uuid;
    }
    EXPECT_TRUE(store_->commands().queue(ids_.back(), {})->items.empty()) << uuid;
    EXPECT_EQ(store_->commands().cancel(uuid, "", now).value(), all - 1);
    return !sent.has_value();
  }

  ~LargeCommandPowerLoss() {
    store_.reset();
    EXPECT_EQ(integrity_of(file_), "ok");
  }

 private:
  void open() {
    store_ = open_sqlite_store({.file = file_, .vfs = "power-loss"}, test_sealer(), log_).value();
  }
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "bramley.db";
  NullLog log_;
  PowerLossVfs vfs_{"power-loss", 1};
  std::unique_ptr<Store> store_;
  std::vector<std::string> ids_;
};

TEST(StorePowerLoss, ACommandForVeryManyIsThereForAllOrForNone) {
  LargeCommandPowerLoss loss;
  int finished_later = 0;
  for (int round = 0; round < 10; ++round) {
    finished_later += loss.run(round) ? 1 : 0;
  }
  EXPECT_GT(finished_later, 0);
}

}  // namespace
}  // namespace bramley
