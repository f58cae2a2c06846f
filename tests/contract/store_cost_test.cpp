// What a request costs must not grow with what was there before. Counted in SQLite's own steps, so
// that no clock and no neighbour on the machine has a say.

#include <sqlite3.h>

#include <atomic>

#include "tests/contract/store_contract.h"

namespace bramley {
namespace {

std::atomic<std::int64_t> steps_taken = 0;

int on_statement_done(unsigned /*event*/, void* /*context*/, void* statement, void* /*time*/) {
  auto* const done = static_cast<sqlite3_stmt*>(statement);
  steps_taken += sqlite3_stmt_status(done, SQLITE_STMTSTATUS_VM_STEP, 1);
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

  // New enrollments, and for each of `rounds` a settled command for all of them and a certificate.
  void grow(int rounds) {
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
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
  struct Cost {
    std::string name;
    std::int64_t steps;
  };
  template <class Request>
  void count(const char* name, const Request& request) {
    costs_.push_back({name, cost(request)});
  }

  // One of everything that devices and administrators ask for all the time.
  std::vector<Cost> costs_of_everything() {
    costs_.clear();
    const auto tag = std::to_string(grown_);
    count_commands(tag);
    count_identities(tag);
    count_enrollment_lists();
    count_command_lists(tag);
    return costs_;
  }
  void count_commands(const std::string& tag) {
    const auto id = EnrollmentId::device("D1");
    count("enqueue", [&] { enqueue({"D1", "D2"}, command("A" + tag)); });
    count("offer", [&] { EXPECT_EQ(idle(id), "A" + tag); });
    count("not now", [&] { EXPECT_EQ(not_now(id, "A" + tag), ""); });
    count("offer parked", [&] { EXPECT_EQ(idle(id), "A" + tag); });
    count("acknowledge", [&] { EXPECT_EQ(acknowledge(id, "A" + tag), ""); });
    count("retry", [&] { EXPECT_EQ(acknowledge(id, "A" + tag), ""); });
    count("clear", [&] { EXPECT_TRUE(commands().clear("D2", now())); });
    count("empty poll", [&] { EXPECT_EQ(idle(id), ""); });
    count("timed", [&] {
      EXPECT_TRUE(commands().enqueue(std::vector<std::string>{"D1"}, command("T" + tag), now(),
                                     {.priority = 1, .expires_at = now()}));
    });
    count("expired", [&] { EXPECT_EQ(idle(id), ""); });
    count("expire", [&] { EXPECT_TRUE(commands().expire(now(), 10)); });
    enqueue({"D1"}, command("X" + tag));
    count("cancel", [&] { EXPECT_EQ(commands().cancel("X" + tag, "", now()).value(), 1); });
    count("forget", [&] { EXPECT_TRUE(commands().forget({.results = 100'000}, now(), 5)); });
  }
  void count_identities(const std::string& tag) {
    const auto id = EnrollmentId::device("D1");
    const auto certificate = distinct_certificate();
    const auto secret = sha256(as_bytes("challenge" + tag));
    const ChallengeTerms terms{now() + std::chrono::hours(1), {}};
    const IssuedCertificate issued{
        .certificate = certificate, .transaction_id = "T" + tag, .issued_at = now()};
    auto& store = certificates();
    count("challenge", [&] { EXPECT_TRUE(store.add_challenge(secret, terms, now())); });
    count("issue", [&] { EXPECT_TRUE(store.record_issued(issued, secret, now())); });
    count("find issued", [&] { EXPECT_TRUE(*store.find_issued("T" + tag, {}, now())); });
    count("authenticate", [&] { EXPECT_TRUE(begin(id, certificate)); });
    count("token update", [&] { EXPECT_TRUE(update(id)); });
    count("binding", [&] { EXPECT_TRUE(*store.device_of(certificate.fingerprint())); });
    count("certificates", [&] { EXPECT_TRUE(store.list_issued("", {.limit = 10})); });
    count("nobody's certificates", [&] { EXPECT_TRUE(store.list_issued("nobody", {})); });
    count("sweep", [&] { EXPECT_TRUE(store.sweep(now(), 10)); });
  }
  void count_enrollment_lists() {
    auto& store = enrollments();
    count("find", [&] { find("D2"); });
    count("enrollments", [&] { EXPECT_TRUE(store.list({}, {.limit = 5})); });
    count("enrolled",
          [&] { EXPECT_TRUE(store.list({.state = EnrollmentState::enrolled}, {.limit = 5})); });
    count("by serial", [&] { EXPECT_TRUE(store.list({.serial_number = "no such"}, {})); });
    count("by device", [&] { EXPECT_TRUE(store.list({.device_id = "D2"}, {})); });
  }
  void count_command_lists(const std::string& tag) {
    auto& store = commands();
    count("commands", [&] { EXPECT_TRUE(store.list({}, {.limit = 10})); });
    count("of a type",
          [&] { EXPECT_TRUE(store.list({.request_type = "DeviceInformation"}, {.limit = 10})); });
    count("of no such type", [&] { EXPECT_TRUE(store.list({.request_type = "Nothing"}, {})); });
    count("recent ones", [&] { EXPECT_TRUE(store.list({.since = now()}, {})); });
    count("of one enrollment", [&] { EXPECT_TRUE(store.list({.enrollment_id = "D2"}, {})); });
    count("long history of one",
          [&] { EXPECT_TRUE(store.list({.enrollment_id = "D1"}, {.limit = 10})); });
    count("one result", [&] { EXPECT_TRUE(*store.result("A" + tag, "D1")); });
    count("results", [&] { EXPECT_TRUE(store.results("A" + tag, {.limit = 10})); });
    count("failed results", [&] {
      EXPECT_TRUE(store.results("A" + tag, {.limit = 10}, 1000, CommandCount::failed));
    });
    count("settled", [&] { EXPECT_TRUE(store.settled("A" + tag, 0, 10, 1000)); });
    count("nothing more", [&] {
      const auto newest = store.settled("A" + tag, 0, 10, 1000)->back().position;
      EXPECT_TRUE(store.settled("A" + tag, newest, 10, 1000)->empty());
    });
  }

  std::vector<Cost> costs_;
  StepCounter counter_;
  int grown_ = 0;
};

TEST_F(StoreCost, DoesNotGrowWithHistory) {
  enroll("D1");
  enroll("D2");
  grow(12);
  (void)costs_of_everything();  // prepares the statements
  ASSERT_TRUE(update(EnrollmentId::device("D1")));
  grow(1);
  const auto before = costs_of_everything();
  ASSERT_TRUE(update(EnrollmentId::device("D1")));
  grow(150);
  const auto after = costs_of_everything();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    RecordProperty(after[i].name,
                   std::to_string(before[i].steps) + " -> " + std::to_string(after[i].steps));
    EXPECT_LE(after[i].steps, before[i].steps + before[i].steps / 4 + 20)
        << after[i].name << ": " << before[i].steps << " steps became " << after[i].steps;
  }
}

// 100,000 targets would take too long here; what is checked is that twice as many cost twice.
// It is asked every few seconds, for the metrics, also while a receiver is down for days.
TEST_F(StoreCost, OfAWebhooksStateDoesNotGrowWithWhatWaitsForIt) {
  ASSERT_TRUE(store_->events().use_webhook("hook", "https://hook.example.com/", now()));
  std::int64_t happened = 0;
  const auto happen = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Event event{EnrollmentId::device("D1")};
      event.id = std::to_string(++happened);
      event.topic = "mdm.Connect";
      event.created_at = now();
      ASSERT_TRUE(store_->events().record_with(event, [] { return Status(); }));
    }
  };
  const auto look = [&] {
    return cost([&] { EXPECT_EQ(store_->events().webhook("hook")->behind, happened); });
  };
  happen(3);
  const auto few = look();
  happen(500);
  EXPECT_EQ(look(), few);
}

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
