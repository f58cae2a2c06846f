// What a request costs must not grow with what was there before. Counted in SQLite's own steps, so
// that no clock and no neighbour on the machine has a say.

#include <sqlite3.h>

#include <atomic>

#include "tests/contract/store_contract.h"

namespace bramley {
namespace {

std::atomic<std::int64_t> steps_taken = 0;
std::atomic<std::int64_t> rows_scanned = 0;

int on_statement_done(unsigned /*event*/, void* /*context*/, void* statement, void* /*time*/) {
  auto* const done = static_cast<sqlite3_stmt*>(statement);
  steps_taken += sqlite3_stmt_status(done, SQLITE_STMTSTATUS_VM_STEP, 1);
  rows_scanned += sqlite3_stmt_status(done, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
  return 0;
}

int watch(sqlite3* connection, const char** /*message*/, const sqlite3_api_routines* /*api*/) {
  return sqlite3_trace_v2(connection, SQLITE_TRACE_PROFILE, on_statement_done, nullptr);
}

// Watches every connection that is opened while it lives.
class StepCounter {
 public:
  StepCounter() { sqlite3_auto_extension(entry()); }
  StepCounter(const StepCounter&) = delete;
  StepCounter& operator=(const StepCounter&) = delete;
  ~StepCounter() { sqlite3_cancel_auto_extension(entry()); }

 private:
  using Entry = void (*)();
  static Entry entry() { return reinterpret_cast<Entry>(watch); }
};

class StoreCost : public StoreContract<SqliteMaker> {
 protected:
  StoreCost() { reopen(); }
  ~StoreCost() override { store_.reset(); }

  // Steps of one request.
  template <class Request>
  static std::int64_t cost(const Request& request) {
    steps_taken = 0;
    request();
    return steps_taken;
  }

  // A hundred enrollments, and as many old commands and certificates for each of `rounds`.
  void grow(int rounds) {
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) {
      const auto udid = "G" + std::to_string(grown_) + "-" + std::to_string(i);
      ids.push_back(enroll(udid).value());
      ASSERT_TRUE(certificates().add_challenge(sha256(as_bytes(udid)),
                                               {now() + std::chrono::hours(1), {}}, now()));
    }
    for (int i = 0; i < rounds; ++i) {
      const auto uuid = "G" + std::to_string(grown_) + "-" + std::to_string(i);
      auto targets = ids;
      targets.push_back("D1");
      enqueue(targets, command(uuid));
      for (const auto& id : targets) {
        acknowledge(EnrollmentId::device(id), uuid);
      }
      ASSERT_TRUE(certificates().record_issued(
          {.certificate = distinct_certificate(), .transaction_id = uuid, .issued_at = now()},
          std::nullopt, now()));
      clock_.advance(std::chrono::seconds(1));
    }
    ++grown_;
  }

  struct Costs {
    std::string name;
    std::int64_t steps;
  };
  // One of everything that devices and administrators ask for all the time.
  std::vector<Costs> costs_of_everything() {
    const auto id = EnrollmentId::device("D1");
    const auto tag = std::to_string(grown_);
    const auto certificate = distinct_certificate();
    const auto secret = sha256(as_bytes("challenge" + tag));
    std::vector<Costs> all;
    const auto count = [&](const char* name, const auto& request) {
      all.push_back({name, cost(request)});
    };
    count("enqueue", [&] { enqueue({"D1", "D2"}, command("A" + tag)); });
    count("offer", [&] { EXPECT_EQ(idle(id), "A" + tag); });
    count("not now", [&] { EXPECT_EQ(not_now(id, "A" + tag), ""); });
    count("offer parked", [&] { EXPECT_EQ(idle(id), "A" + tag); });
    count("acknowledge", [&] { EXPECT_EQ(acknowledge(id, "A" + tag), ""); });
    count("retry", [&] { EXPECT_EQ(acknowledge(id, "A" + tag), ""); });
    count("clear", [&] { EXPECT_TRUE(commands().clear("D2", now())); });
    count("empty poll", [&] { EXPECT_EQ(idle(id), ""); });
    count("token update", [&] { EXPECT_TRUE(update(id)); });
    count("challenge", [&] {
      EXPECT_TRUE(certificates().add_challenge(secret, {now() + std::chrono::hours(1), {}}, now()));
    });
    count("issue", [&] {
      EXPECT_TRUE(certificates().record_issued(
          {.certificate = certificate, .transaction_id = "T" + tag, .issued_at = now()}, secret,
          now()));
    });
    count("find issued",
          [&] { EXPECT_TRUE(*certificates().find_issued("T" + tag, Fingerprint{}, now())); });
    count("authenticate", [&] { EXPECT_TRUE(begin(id, certificate)); });
    count("binding", [&] { EXPECT_TRUE(*certificates().device_of(certificate.fingerprint())); });
    count("find", [&] { find("D2"); });
    count("list enrollments", [&] { EXPECT_TRUE(enrollments().list({}, {.limit = 10})); });
    count("list enrolled", [&] {
      EXPECT_TRUE(enrollments().list({.state = EnrollmentState::enrolled}, {.limit = 10}));
    });
    count("list by serial",
          [&] { EXPECT_TRUE(enrollments().list({.serial_number = "no such"}, {.limit = 10})); });
    count("list commands", [&] { EXPECT_TRUE(commands().list({}, {.limit = 10})); });
    count("list commands of a type", [&] {
      EXPECT_TRUE(commands().list({.request_type = "DeviceInformation"}, {.limit = 10}));
    });
    count("list commands of no such type",
          [&] { EXPECT_TRUE(commands().list({.request_type = "Nothing"}, {.limit = 10})); });
    count("list recent commands",
          [&] { EXPECT_TRUE(commands().list({.since = now()}, {.limit = 10})); });
    count("list commands of a new enrollment",
          [&] { EXPECT_TRUE(commands().list({.enrollment_id = "D2"}, {.limit = 10})); });
    count("results", [&] { EXPECT_TRUE(commands().results("A" + tag, {.limit = 10})); });
    count("list certificates", [&] { EXPECT_TRUE(certificates().list_issued("", {.limit = 10})); });
    count("list certificates of nobody",
          [&] { EXPECT_TRUE(certificates().list_issued("nobody", {.limit = 10})); });
    count("sweep", [&] { EXPECT_TRUE(certificates().sweep(now(), 10)); });
    return all;
  }

  StepCounter counter_;
  int grown_ = 0;
};

TEST_F(StoreCost, DoesNotGrowWithHistory) {
  enroll("D1");
  enroll("D2");
  grow(15);
  (void)costs_of_everything();  // prepares the statements
  ASSERT_TRUE(update(EnrollmentId::device("D1")));
  grow(1);
  const auto before = costs_of_everything();
  ASSERT_TRUE(update(EnrollmentId::device("D1")));
  grow(300);
  rows_scanned = 0;
  const auto after = costs_of_everything();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_LE(after[i].steps, before[i].steps + before[i].steps / 4 + 20)
        << after[i].name << ": " << before[i].steps << " steps became " << after[i].steps;
  }
}

// 100,000 targets would take too long here; what is checked is that twice as many cost twice.
TEST_F(StoreCost, OfEnqueueingGrowsWithTheTargetsOnly) {
  std::vector<std::string> ids;
  for (int i = 0; i < 400; ++i) {
    ids.push_back(enroll("D" + std::to_string(i)).value());
  }
  enqueue(ids, command("C0"));
  const std::vector<std::string> half(ids.begin(), ids.begin() + 200);
  const auto of_half = cost([&] { enqueue(half, command("C1")); });
  const auto of_all = cost([&] { enqueue(ids, command("C2")); });
  EXPECT_LE(of_all, of_half * 2 + of_half / 10);
}

}  // namespace
}  // namespace bramley
