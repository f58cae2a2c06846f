#include "cli/simulator/fake_apns.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/push_pairs.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// No more files can be opened while this lives.
class OutOfFiles {
 public:
  OutOfFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  OutOfFiles(const OutOfFiles&) = delete;
  OutOfFiles& operator=(const OutOfFiles&) = delete;
  ~OutOfFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class FakeApnsTest : public testing::Test {
 protected:
  void start() {
    const auto pair = make_push_pair("com.apple.mgmt.test", clock_.now() - std::chrono::hours(1),
                                     clock_.now() + std::chrono::hours(1));
    auto started = FakeApns::start({"127.0.0.1", 0, pair.certificate.pem(), *pair.key->to_pem()},
                                   {mailbox_, faults_, statistics_, clock_, random_});
    ASSERT_TRUE(started) << started.error().message;
    apns_ = *std::move(started);
  }
  void connect(int client) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(apns_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  // Of errors that begin so.
  [[nodiscard]] std::uint64_t errors(std::string_view beginning) const {
    std::uint64_t count = 0;
    for (const auto& [what, times] : statistics_.errors()) {
      count += what.starts_with(beginning) ? times : 0;
    }
    return count;
  }
  void wait_for_errors(std::string_view beginning, std::uint64_t count) const {
    const auto end = steady_clock::now() + std::chrono::seconds(30);
    while (errors(beginning) < count && steady_clock::now() < end) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    ASSERT_GE(errors(beginning), count);
  }

  FakeClock clock_;
  SeededRandom random_;
  PushMailbox mailbox_{{}, clock_};
  ApnsFaults faults_{{}, 1};
  SimulationStatistics statistics_;
  std::unique_ptr<FakeApns> apns_;
};

// To look at an object's type UBSan opens a pipe, and takes the object for a bad one when it cannot
// (compiler-rt, IsAccessibleMemoryRange).
#ifdef BRAMLEY_UBSAN
#define SKIP_WHERE_CHECKS_NEED_FILES() GTEST_SKIP() << "the sanitizer itself needs files"
#else
#define SKIP_WHERE_CHECKS_NEED_FILES() static_cast<void>(0)
#endif

TEST_F(FakeApnsTest, AnAcceptThatFailsIsTriedAgainAfterAPause) {
  SKIP_WHERE_CHECKS_NEED_FILES();
  start();
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  {
    const OutOfFiles none;
    connect(client);
    wait_for_errors("APNs accept", 1);
    const auto first = steady_clock::now();
    wait_for_errors("APNs accept", 3);
    EXPECT_GE(steady_clock::now() - first, milliseconds(50));
  }
  ASSERT_EQ(::send(client, "no TLS", 6, 0), 6);
  wait_for_errors("APNs connection", 1);  // it was accepted after all
  ::close(client);
}

TEST_F(FakeApnsTest, EndsEvenWithoutAnyFileToBeHad) {
  SKIP_WHERE_CHECKS_NEED_FILES();
  start();
  const OutOfFiles none;
  apns_.reset();
}

}  // namespace
}  // namespace bramley
