#pragma once

#include <atomic>
#include <set>
#include <thread>

#include "tests/contract/store_contract.h"

namespace bramley {

// Many threads at once, as the server's workers are. Also what the thread sanitizer runs.
template <class Maker>
class ConcurrencyContract : public StoreContract<Maker> {
 protected:
  template <class Work>
  static void in_threads(int count, const Work& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&work, i] { work(i); });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }
};
TYPED_TEST_SUITE_P(ConcurrencyContract);

// Each device takes what it is offered until it has had all; nothing is lost, doubled or reordered.
TYPED_TEST_P(ConcurrencyContract, QueueingAndReportingAtOnceLosesNothing) {
  constexpr int devices = 6;
  constexpr int commands = 25;
  std::vector<std::string> ids;
  for (int i = 0; i < devices; ++i) {
    ids.push_back("D" + std::to_string(i));
    this->enroll(ids.back());
  }
  std::atomic<int> settled = 0;
  this->in_threads(devices + 2, [&](int thread) {
    if (thread >= devices) {
      for (int i = 0; i < commands; ++i) {
        const auto uuid = std::to_string(thread) + "-" + std::to_string(i);
        EXPECT_TRUE(this->commands().enqueue(ids, this->command(uuid), this->now()));
      }
      return;
    }
    const auto id = EnrollmentId::device(ids[static_cast<std::size_t>(thread)]);
    std::set<std::string> seen;
    for (int polls = 0; seen.size() < std::size_t{2} * commands && polls < 100'000; ++polls) {
      auto uuid = this->idle(id);
      while (!uuid.empty()) {
        EXPECT_TRUE(seen.insert(uuid).second) << uuid;
        ++settled;
        uuid = this->acknowledge(id, uuid);
      }
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(settled, devices * 2 * commands);
  for (int thread = devices; thread < devices + 2; ++thread) {
    for (int i = 0; i < commands; ++i) {
      const auto sum = this->summary(std::to_string(thread) + "-" + std::to_string(i));
      EXPECT_EQ(sum.acknowledged, devices);
      EXPECT_EQ(sum.pending, 0);
    }
  }
}

// A poll after enqueue has returned must find the command, whatever other polls saw meanwhile.
TYPED_TEST_P(ConcurrencyContract, AQueuedCommandIsSeenByEveryPollFromThenOn) {
  const auto id = this->enroll("D1");
  std::atomic<bool> stop = false;
  std::thread others([&] {
    while (!stop) {
      this->idle(id);
    }
  });
  for (int i = 0; i < 100; ++i) {
    const auto uuid = "C" + std::to_string(i);
    this->enqueue({"D1"}, this->command(uuid));
    EXPECT_EQ(this->idle(id), uuid);
    EXPECT_EQ(this->acknowledge(id, uuid), "");
    EXPECT_EQ(this->idle(id), "");
  }
  stop = true;
  others.join();
}

TYPED_TEST_P(ConcurrencyContract, OfManyWhoSpendOneChallengeOneSucceeds) {
  const auto challenge = sha256(as_bytes("one"));
  ASSERT_TRUE(this->certificates().add_challenge(
      challenge, {this->now() + std::chrono::hours(1), {}}, this->now()));
  std::vector<Certificate> made;
  for (int i = 0; i < 8; ++i) {
    made.push_back(distinct_certificate());
  }
  std::atomic<int> succeeded = 0;
  std::atomic<int> refused = 0;
  this->in_threads(8, [&](int thread) {
    const auto& certificate = made[static_cast<std::size_t>(thread)];
    const auto outcome =
        this->certificates().record_issued({.certificate = certificate,
                                            .transaction_id = "T",
                                            .public_key = sha256(certificate.public_key_der()),
                                            .issued_at = this->now(),
                                            .renewed_from = std::nullopt,
                                            .device = {}},
                                           challenge, this->now());
    ++(outcome ? succeeded : refused);
    EXPECT_TRUE(outcome || outcome.error().code == ErrorCode::unauthenticated);
  });
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(refused, 7);
  EXPECT_EQ(*this->certificates().count_issued(), 1);
}

TYPED_TEST_P(ConcurrencyContract, OfManyDevicesWithOneCertificateOneIsBound) {
  const auto certificate = distinct_certificate();
  std::atomic<int> bound = 0;
  this->in_threads(8, [&](int thread) {
    const auto outcome =
        this->begin(EnrollmentId::device("D" + std::to_string(thread)), certificate);
    bound += outcome ? 1 : 0;
    EXPECT_TRUE(outcome || outcome.error().code == ErrorCode::conflict);
  });
  EXPECT_EQ(bound, 1);
  EXPECT_EQ(this->enrollments().list({}, {})->items.size(), 1U);
}

TYPED_TEST_P(ConcurrencyContract, EnrollingAndLeavingAtOnceEndsInAStateThatWasAskedFor) {
  this->in_threads(8, [&](int thread) {
    const auto id = EnrollmentId::device("D" + std::to_string(thread % 4));
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(this->begin(id, distinct_certificate()));
      (void)this->update(id);  // refused when the other thread checked it out meanwhile
      this->enrollments().note_seen(id, this->now());
      EXPECT_TRUE(this->enrollments().end_enrollment(id, this->now()));
      EXPECT_TRUE(this->enrollments().find(id.value()));
    }
  });
  EXPECT_TRUE(this->store_->flush());
  const auto left = this->enrollments().list({}, {});
  for (const auto& enrollment : left->items) {
    EXPECT_EQ(enrollment.last_seen_at, this->now());
    EXPECT_EQ(enrollment.state, EnrollmentState::checked_out);
  }
}

REGISTER_TYPED_TEST_SUITE_P(ConcurrencyContract, QueueingAndReportingAtOnceLosesNothing,
                            AQueuedCommandIsSeenByEveryPollFromThenOn,
                            OfManyWhoSpendOneChallengeOneSucceeds,
                            OfManyDevicesWithOneCertificateOneIsBound,
                            EnrollingAndLeavingAtOnceEndsInAStateThatWasAskedFor);

}  // namespace bramley
