// What the SQLite store does with the disk: when it writes, and what it says when it cannot.

#include <sqlite3.h>

#include <atomic>
#include <thread>

#include "tests/contract/store_contract.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

class FaultyDiskMaker {
 public:
  std::unique_ptr<Store> open() {
    return open_sqlite_store({.file = file(), .vfs = "faulty"}, test_sealer(), log).value();
  }
  std::filesystem::path file() const { return directory_.path() / "bramley.db"; }
  static constexpr bool survives = true;
  PowerLossVfs disk{"faulty", 1};
  RecordingLog log;

 private:
  TemporaryDirectory directory_;
};

class StoreDiskTrouble : public StoreContract<FaultyDiskMaker> {
 protected:
  PowerLossVfs& disk() { return maker_.disk; }
  ~StoreDiskTrouble() override { store_.reset(); }
};

TEST_F(StoreDiskTrouble, APollThatFindsNothingWritesNothing) {
  const auto id = enroll("D1");
  const auto before = disk().operations();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(idle(id), "");
    EXPECT_EQ(idle(EnrollmentId::device("stranger")), "");
    enrollments().note_seen(id, now());
  }
  EXPECT_EQ(disk().operations(), before);
}

TEST_F(StoreDiskTrouble, APollThatFindsACommandWritesNothingEither) {
  const auto id = enroll("D1");
  enqueue({"D1"}, command("C1"));
  const auto before = disk().operations();
  EXPECT_EQ(idle(id), "C1");
  EXPECT_EQ(disk().operations(), before);
}

TEST_F(StoreDiskTrouble, EachRequestIsSyncedOnceBeforeItIsAnswered) {
  const auto id = EnrollmentId::device("D1");
  const auto expect_one_sync = [&](const char* what, const auto& request) {
    const auto before = disk().syncs();
    request();
    EXPECT_EQ(disk().syncs(), before + 1) << what;
  };
  ASSERT_TRUE(begin(id, distinct_certificate()));  // the log's first sync is special
  expect_one_sync("Authenticate", [&] { EXPECT_TRUE(begin(id, distinct_certificate())); });
  expect_one_sync("TokenUpdate", [&] { EXPECT_TRUE(update(id)); });
  expect_one_sync("enqueue", [&] { enqueue({"D1"}, command("C1")); });
  expect_one_sync("NotNow", [&] { not_now(id, "C1"); });
  expect_one_sync("Acknowledged", [&] { acknowledge(id, "C1"); });
  expect_one_sync("certificate", [&] {
    EXPECT_TRUE(certificates().record_issued(
        {.certificate = distinct_certificate(), .issued_at = now()}, std::nullopt, now()));
  });
  expect_one_sync("CheckOut", [&] { EXPECT_TRUE(enrollments().end_enrollment(id, now())); });
}

TEST_F(StoreDiskTrouble, ManyRequestsAtOnceShareASync) {
  constexpr int threads = 16;
  constexpr int rounds = 20;
  for (int i = 0; i < threads; ++i) {
    enroll("D" + std::to_string(i));
  }
  // As a disk does, and long enough for the others to come, however busy the machine is.
  disk().take_for_each_sync(std::chrono::milliseconds(10));
  const auto before = disk().syncs();
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([this, i] {
      for (int round = 0; round < rounds; ++round) {
        EXPECT_TRUE(update(EnrollmentId::device("D" + std::to_string(i))));
      }
    });
  }
  for (auto& worker : workers) {
    worker.join();
  }
  EXPECT_LT(disk().syncs() - before, threads * rounds / 2);
}

TEST_F(StoreDiskTrouble, AFullDiskIsSaidAndNothingElseIsLost) {
  const auto id = enroll("D1");
  enqueue({"D1"}, command("C1"));
  disk().refuse_writes(SQLITE_FULL);
  const auto refused = update(id);
  expect_code(refused, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("full"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().hint, "");
  const std::vector<std::string> targets{"D1"};
  EXPECT_EQ(commands().enqueue(targets, command("C2"), now()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(commands()
                .settle_and_next({id, ReportStatus::acknowledged, "Acknowledged", "C1", {}}, now())
                .error()
                .code,
            ErrorCode::unavailable);
  // Reading goes on.
  EXPECT_EQ(idle(id), "C1");
  EXPECT_EQ(find("D1").token_update_tally, 1);
  disk().refuse_writes(0);
  EXPECT_TRUE(update(id));
  EXPECT_EQ(find("D1").token_update_tally, 2);
  EXPECT_FALSE(*commands().find("C2"));
  EXPECT_EQ(acknowledge(id, "C1"), "");
  reopen();
  EXPECT_EQ(find("D1").token_update_tally, 2);
}

TEST_F(StoreDiskTrouble, TroubleIsLoggedWhenItBeginsAndWhenItEnds) {
  const auto id = enroll("D1");
  disk().refuse_writes(SQLITE_IOERR);
  for (int i = 0; i < 3; ++i) {
    expect_code(update(id), ErrorCode::unavailable);
  }
  disk().refuse_writes(0);
  EXPECT_TRUE(update(id));
  const auto lines = maker_.log.lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("error a database write failed"));
  EXPECT_TRUE(lines[1].starts_with("info database writes work again"));
}

// A lock that somebody else holds is nobody's fault: all who gathered wait once, not one by one.
TEST_F(StoreDiskTrouble, AnotherProgramsLockIsWaitedForOnceAndSaid) {
  constexpr int threads = 8;
  for (int i = 0; i < threads; ++i) {
    enroll("D" + std::to_string(i));
  }
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open_v2(maker_.file().c_str(), &other, SQLITE_OPEN_READWRITE, "faulty"), 0);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), 0);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([this, i] {
      expect_code(update(EnrollmentId::device("D" + std::to_string(i))), ErrorCode::unavailable);
    });
  }
  for (auto& worker : workers) {
    worker.join();
  }
  // The first of them alone, then the others together.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), 0);
  sqlite3_close(other);
  EXPECT_TRUE(update(EnrollmentId::device("D1")));
  EXPECT_EQ(find("D1").token_update_tally, 2);
}

TEST_F(StoreDiskTrouble, LastSeenTimesWaitForTheDisk) {
  const auto id = enroll("D1");
  enrollments().note_seen(id, now());
  disk().refuse_writes(SQLITE_FULL);
  expect_code(store_->flush(), ErrorCode::unavailable);
  EXPECT_EQ(find("D1").last_seen_at, now());
  disk().refuse_writes(0);
  EXPECT_TRUE(store_->flush());
  reopen();
  EXPECT_EQ(find("D1").last_seen_at, now());
}

// Under load a disk that fails now and then answers some with `unavailable`, and lies to nobody.
TEST_F(StoreDiskTrouble, AFlakyDiskLosesNothingThatWasAcknowledged) {
  std::atomic<bool> stop = false;
  std::vector<int> counted(6);
  std::vector<std::thread> workers;
  workers.reserve(counted.size());
  for (std::size_t i = 0; i < counted.size(); ++i) {
    enroll("D" + std::to_string(i));
    counted[i] = 1;
  }
  for (std::size_t i = 0; i < counted.size(); ++i) {
    workers.emplace_back([&, i] {
      while (!stop) {
        counted[i] += update(EnrollmentId::device("D" + std::to_string(i))) ? 1 : 0;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    disk().refuse_writes(i % 2 == 0 ? SQLITE_FULL : 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  disk().refuse_writes(0);
  stop = true;
  for (auto& worker : workers) {
    worker.join();
  }
  reopen();
  for (std::size_t i = 0; i < counted.size(); ++i) {
    EXPECT_EQ(find("D" + std::to_string(i)).token_update_tally, counted[i]);
  }
}

}  // namespace
}  // namespace bramley
