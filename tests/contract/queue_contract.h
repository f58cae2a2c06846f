#pragma once

#include <thread>

#include "tests/contract/store_contract.h"

namespace bramley {

// Order, time to live, taking back, what is never answered, and how long history is kept.
template <class Maker>
class QueueContract : public StoreContract<Maker> {
 protected:
  std::vector<CommandQueue::Refusal> send(const std::vector<std::string>& ids,
                                          const std::string& uuid, const CommandTerms& terms) {
    auto refusals = this->commands().enqueue(ids, this->command(uuid), this->now(), terms);
    EXPECT_TRUE(refusals) << refusals.error().message;
    return refusals ? *std::move(refusals) : std::vector<CommandQueue::Refusal>();
  }
  CommandTerms for_seconds(int seconds) {
    return {.expires_at = this->now() + std::chrono::seconds(seconds)};
  }
  CommandState state(const std::string& uuid, const std::string& id = "D1") {
    const auto found = this->commands().result(uuid, id);
    EXPECT_TRUE(found && *found) << uuid;
    return found && *found ? (*found)->state : CommandState::other;
  }
  // Polls without ever answering; what came last.
  std::string ignore(const EnrollmentId& id, int times) {
    std::string offered;
    for (int i = 0; i < times; ++i) {
      offered = this->idle(id);
    }
    return offered;
  }
  // In many threads, which share their commits.
  void enroll_users_of_the_first(const std::vector<std::string>& ids) {
    constexpr std::size_t threads = 32;
    std::vector<std::thread> workers;
    for (std::size_t first = 0; first < threads; ++first) {
      workers.emplace_back([this, &ids, first] {
        for (auto i = first; i < ids.size(); i += threads) {
          if (ids[i].starts_with("D0:")) {
            EXPECT_TRUE(this->update(EnrollmentId::user("D0", ids[i].substr(3))));
          }
        }
      });
    }
    for (auto& worker : workers) {
      worker.join();
    }
  }
  void expire_all() {
    while (this->commands().expire(this->now(), 2).value() > 0) {
    }
  }
};
TYPED_TEST_SUITE_P(QueueContract);

TYPED_TEST_P(QueueContract, HigherPriorityGoesFirstAndEqualsInTheirOrder) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "low", {.priority = lowest_priority});
  this->send({"D1"}, "C1", {});
  this->send({"D1"}, "high1", {.priority = 5});
  this->send({"D1"}, "C2", {});
  this->send({"D1"}, "high2", {.priority = 5});
  this->send({"D1"}, "highest", {.priority = highest_priority});
  this->reopen();
  EXPECT_EQ(this->queue_of(id), "highest high1 high2 C1 C2 low");
  EXPECT_EQ(this->summary("high1").priority, 5);
  EXPECT_EQ(this->idle(id), "highest");
  // What was put off comes last, whatever its priority.
  EXPECT_EQ(this->not_now(id, "highest"), "high1");
  EXPECT_EQ(this->acknowledge(id, "high1"), "high2");
  EXPECT_EQ(this->queue_of(id), "high2 C1 C2 low highest");
  PageRequest request{.limit = 1};
  std::string paged;
  do {
    const auto page = this->commands().queue("D1", request);
    ASSERT_TRUE(page && page->items.size() == 1);
    paged += page->items[0].command_uuid + " ";
    request.after = page->next;
  } while (!request.after.empty());
  EXPECT_EQ(paged, "high2 C1 C2 low highest ");
}

TYPED_TEST_P(QueueContract, WhatHasExpiredIsNotDelivered) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", this->for_seconds(60));
  this->send({"D1"}, "C2", this->for_seconds(120));
  this->send({"D1"}, "C3", {});
  EXPECT_EQ(this->summary("C1").expires_at, this->now() + std::chrono::seconds(60));
  EXPECT_EQ(this->idle(id), "C1");
  this->clock_.advance(std::chrono::seconds(60));
  this->reopen();
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->state("C1"), CommandState::expired);
  EXPECT_EQ(this->summary("C1").expired, 1);
  EXPECT_EQ(this->summary("C1").pending, 0);
  EXPECT_EQ(this->queue_of(id), "C2 C3");
  EXPECT_EQ(this->not_now(id, "C2"), "C3");
  this->clock_.advance(std::chrono::seconds(60));
  // Nor what was put off, at the end of a conversation or at the beginning of one.
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->state("C2"), CommandState::expired);
  EXPECT_EQ(this->idle(id), "");
}

TYPED_TEST_P(QueueContract, TimeIsOverInTheBackgroundToo) {
  this->enroll("D1");
  this->enroll("D2");
  this->enroll("D3");
  this->send({"D1", "D2", "D3"}, "C1", this->for_seconds(60));
  this->send({"D1"}, "C2", this->for_seconds(60));
  this->send({"D1"}, "C3", this->for_seconds(61));
  this->not_now(EnrollmentId::device("D2"), "C1");
  this->acknowledge(EnrollmentId::device("D3"), "C1");
  this->expire_all();
  EXPECT_EQ(this->summary("C1").expired, 0);
  this->clock_.advance(std::chrono::seconds(60));
  EXPECT_GT(this->commands().expire(this->now(), 1).value(), 0);
  EXPECT_EQ(this->summary("C1").expired, 1);  // one step at a time
  this->expire_all();
  this->reopen();
  EXPECT_EQ(this->summary("C1").expired, 2);
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").pending, 0);
  EXPECT_EQ(this->summary("C2").expired, 1);
  EXPECT_EQ(this->summary("C3").pending, 1);
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D1")), "C3");
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D2")), "");
}

// The device had it: what it says is worth more than our clock.
TYPED_TEST_P(QueueContract, ALateAnswerIsAcceptedOnce) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", this->for_seconds(60));
  this->send({"D1"}, "C2", {});
  EXPECT_EQ(this->idle(id), "C1");
  this->clock_.advance(std::chrono::seconds(60));
  this->expire_all();
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->state("C1"), CommandState::expired);
  EXPECT_EQ(this->acknowledge(id, "C1"), "C2");
  EXPECT_EQ(this->report(id, ReportStatus::error, "C1"), "C2");
  EXPECT_EQ(this->summary("C1").expired, 0);
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").failed, 0);
  EXPECT_EQ(to_text(this->results("C1").front().report), "<report>C1</report>");
  EXPECT_EQ(this->commands().cancel("C2", "D1", this->now()).value(), 1);
  EXPECT_EQ(this->report(id, ReportStatus::error, "C2"), "");
  EXPECT_EQ(this->summary("C2").cancelled, 0);
  EXPECT_EQ(this->summary("C2").failed, 1);
}

TYPED_TEST_P(QueueContract, ACommandIsTakenBackForOneOrForAll) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->enroll("D3");
  this->send({"D1", "D2", "D3"}, "C1", {.priority = 3});
  this->send({"D1", "D2"}, "C2", {});
  this->acknowledge(EnrollmentId::device("D3"), "C1");
  this->not_now(id, "C1");
  EXPECT_EQ(this->commands().cancel("C1", "D1", this->now()).value(), 1);
  EXPECT_EQ(this->commands().cancel("C1", "D1", this->now()).value(), 0);
  EXPECT_EQ(this->commands().cancel("C1", "nobody", this->now()).value(), 0);
  EXPECT_EQ(this->queue_of(id), "C2");
  EXPECT_EQ(this->commands().cancel("C1", "", this->now()).value(), 1);
  EXPECT_EQ(this->commands().cancel("C2", "", this->now()).value(), 2);
  this->reopen();
  EXPECT_EQ(this->summary("C1").cancelled, 2);
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").pending, 0);
  EXPECT_EQ(this->state("C2"), CommandState::cancelled);
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->commands().cancel("C9", "", this->now()).error().code, ErrorCode::not_found);
}

TYPED_TEST_P(QueueContract, WhatIsNeverAnsweredStepsBehindTheOthers) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", {.priority = 50});
  this->send({"D1"}, "C2", {});
  this->send({"D1"}, "C3", {});
  EXPECT_EQ(this->ignore(id, 3), "C1");
  const auto waiting = this->commands().queue("D1", {});
  EXPECT_EQ(waiting->items.at(0).unanswered, 3);
  this->reopen();
  EXPECT_EQ(this->ignore(id, deliveries_until_stuck - 3), "C1");
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->state("C1"), CommandState::stuck);
  EXPECT_EQ(this->summary("C1").stuck, 1);
  EXPECT_EQ(this->summary("C1").pending, 1);
  EXPECT_EQ(this->queue_of(id), "C2 C3 C1");
  // Behind what was put off as well.
  EXPECT_EQ(this->not_now(id, "C2"), "C3");
  EXPECT_EQ(this->queue_of(id), "C3 C2 C1");
  EXPECT_EQ(this->acknowledge(id, "C3"), "C1");
  this->reopen();
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->acknowledge(id, "C2"), "C1");
  EXPECT_EQ(this->ignore(id, deliveries_until_stuck), "C1");
  // An answer counts, however late.
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->state("C1"), CommandState::acknowledged);
  EXPECT_EQ(this->summary("C1").stuck, 0);
  EXPECT_EQ(this->summary("C1").pending, 0);
}

TYPED_TEST_P(QueueContract, StuckOnesTakeTurns) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", {});
  this->send({"D1"}, "C2", this->for_seconds(600));
  EXPECT_EQ(this->ignore(id, deliveries_until_stuck), "C1");
  EXPECT_EQ(this->ignore(id, deliveries_until_stuck), "C2");
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->idle(id), "C2");
  this->reopen();
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->summary("C2").stuck, 1);
  // NotNow is an answer: parked as any other.
  EXPECT_EQ(this->not_now(id, "C1"), "");
  EXPECT_EQ(this->state("C1"), CommandState::not_now);
  EXPECT_EQ(this->summary("C1").stuck, 0);
  EXPECT_EQ(this->queue_of(id), "C1 C2");
  EXPECT_EQ(this->idle(id), "C1");
  // Stuck ones expire, too.
  this->clock_.advance(std::chrono::seconds(600));
  this->expire_all();
  EXPECT_EQ(this->summary("C2").expired, 1);
  EXPECT_EQ(this->summary("C2").stuck, 0);
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
}

TYPED_TEST_P(QueueContract, AnAnswerBeginsTheCountAnew) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", {});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(this->ignore(id, deliveries_until_stuck - 1), "C1");
    EXPECT_EQ(this->not_now(id, "C1"), "");
  }
  EXPECT_EQ(this->state("C1"), CommandState::not_now);
  // Put off and then never answered: it must not hold up what was put off after it.
  this->send({"D1"}, "C2", {});
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->not_now(id, "C2"), "");
  EXPECT_EQ(this->ignore(id, deliveries_until_stuck), "C1");
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->state("C1"), CommandState::stuck);
}

TYPED_TEST_P(QueueContract, AFreshEnrollmentClearsWhatIsStuck) {
  const auto id = this->enroll("D1");
  this->send({"D1"}, "C1", {});
  this->ignore(id, deliveries_until_stuck + 1);
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  EXPECT_EQ(this->summary("C1").cleared, 1);
  EXPECT_EQ(this->summary("C1").stuck, 0);
  EXPECT_EQ(this->summary("C1").pending, 0);
  EXPECT_EQ(this->idle(id), "");
  // It belongs to the enrollment before: no answer to it counts.
  this->acknowledge(id, "C1");
  EXPECT_EQ(this->state("C1"), CommandState::cleared);
}

TYPED_TEST_P(QueueContract, HistoryIsForgottenByAge) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->send({"D1", "D2"}, "C1", {});
  this->acknowledge(id, "C1");
  this->clock_.advance(std::chrono::hours(1));
  this->send({"D1"}, "C2", {});
  this->acknowledge(id, "C2");
  this->clock_.advance(std::chrono::hours(1));
  const HistoryLimits limits{.age = std::chrono::hours(2)};
  EXPECT_EQ(this->commands().forget({}, this->now(), 100).value(), 0);
  EXPECT_EQ(this->commands().forget(limits, this->now(), 100).value(), 0);
  this->clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(this->commands().forget(limits, this->now(), 100).value(), 1);
  this->reopen();
  // What waits stays, and so do the counts.
  EXPECT_EQ(this->summary("C1").targets, 2);
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").pending, 1);
  ASSERT_EQ(this->results("C1").size(), 1U);
  EXPECT_EQ(this->results("C1").front().enrollment_id, "D2");
  EXPECT_EQ(this->commands().list({.enrollment_id = "D1"}, {})->items.size(), 1U);
  this->clock_.advance(std::chrono::hours(100));
  EXPECT_EQ(this->commands().forget(limits, this->now(), 100).value(), 1);
  EXPECT_FALSE(*this->commands().find("C2"));
  EXPECT_FALSE(*this->commands().command("C2"));
  EXPECT_EQ(this->idle(EnrollmentId::device("D2")), "C1");
  EXPECT_EQ(this->acknowledge(EnrollmentId::device("D2"), "C1"), "");
  // A retry of a report whose delivery is forgotten.
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->summary("C1").acknowledged, 2);
  this->clock_.advance(std::chrono::hours(3));
  EXPECT_EQ(this->commands().forget(limits, this->now(), 100).value(), 1);
  EXPECT_FALSE(*this->commands().find("C1"));
}

TYPED_TEST_P(QueueContract, HistoryIsForgottenByCountInSmallSteps) {
  const auto id = this->enroll("D1");
  for (int i = 0; i < 7; ++i) {
    const auto uuid = "C" + std::to_string(i);
    this->send({"D1"}, uuid, this->for_seconds(60));
    this->acknowledge(id, uuid);
  }
  const HistoryLimits limits{.results = 3};
  EXPECT_EQ(this->commands().forget(limits, this->now(), 3).value(), 3);
  EXPECT_EQ(this->commands().forget(limits, this->now(), 3).value(), 1);
  EXPECT_EQ(this->commands().forget(limits, this->now(), 3).value(), 0);
  EXPECT_EQ(this->commands().list({}, {})->items.size(), 3U);
  EXPECT_FALSE(*this->commands().find("C3"));
  EXPECT_EQ(this->summary("C4").acknowledged, 1);
  EXPECT_EQ(this->commands().forget({.results = 0}, this->now(), 100).value(), 3);
  EXPECT_TRUE(this->commands().list({}, {})->items.empty());
  // Nothing of what is gone has a say in what comes after.
  this->send({"D1"}, "D", {});
  this->clock_.advance(std::chrono::seconds(61));
  this->expire_all();
  EXPECT_EQ(this->idle(id), "D");
}

TYPED_TEST_P(QueueContract, ALargeReportIsLeftOutOfListsAndFetchedAlone) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  const Bytes large(300'000, 'x');
  ASSERT_TRUE(this->commands().settle_and_next(
      {id, ReportStatus::acknowledged, "Acknowledged", "C1", large}, this->now()));
  const auto page = this->commands().results("C1", {}, 299'999);
  ASSERT_TRUE(page && page->items.size() == 1);
  EXPECT_TRUE(page->items[0].report.empty());
  EXPECT_EQ(page->items[0].report_size, 300'000);
  EXPECT_EQ(this->commands().results("C1", {}, 300'000)->items[0].report, large);
  const auto alone = this->commands().result("C1", "D1");
  ASSERT_TRUE(alone && *alone);
  EXPECT_EQ((*alone)->report, large);
  EXPECT_FALSE(*this->commands().result("C1", "D2"));
  EXPECT_FALSE(*this->commands().result("C2", "D1"));
}

TYPED_TEST_P(QueueContract, OneCommandGoesToThousands) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < targets_at_once + targets_at_once / 2; ++i) {
    ids.push_back("D" + std::to_string(i));
  }
  for (const auto i : {0U, 1U, 1499U}) {
    this->enroll(ids[i]);
  }
  for (std::size_t i = 2; i < ids.size() - 1; ++i) {
    ids[i] = EnrollmentId::user("D0", ids[i]).value();
  }
  this->enroll_users_of_the_first(ids);
  EXPECT_EQ(this->idle(EnrollmentId::device("D1499")), "");
  ids.emplace_back("nobody");
  ids.push_back(ids[5]);
  const auto refusals =
      this->send(ids, "C1", {.priority = 7, .expires_at = this->now() + std::chrono::seconds(60)});
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].enrollment_id, "nobody");
  EXPECT_EQ(this->summary("C1").targets, static_cast<std::int64_t>(targets_at_once * 3 / 2));
  EXPECT_EQ(this->idle(EnrollmentId::device("D0")), "C1");
  EXPECT_EQ(this->idle(EnrollmentId::device("D1499")), "C1");
  EXPECT_EQ(this->commands().enqueue(ids, this->command("C1"), this->now()).error().code,
            ErrorCode::conflict);
  EXPECT_TRUE(this->commands().finish_enqueueing());
  this->acknowledge(EnrollmentId::device("D1499"), "C1");
  EXPECT_EQ(this->commands().cancel("C1", "", this->now()).value(),
            static_cast<std::int64_t>(targets_at_once * 3 / 2 - 1));
  EXPECT_EQ(this->summary("C1").pending, 0);
}

REGISTER_TYPED_TEST_SUITE_P(QueueContract, HigherPriorityGoesFirstAndEqualsInTheirOrder,
                            WhatHasExpiredIsNotDelivered, TimeIsOverInTheBackgroundToo,
                            ALateAnswerIsAcceptedOnce, ACommandIsTakenBackForOneOrForAll,
                            WhatIsNeverAnsweredStepsBehindTheOthers, StuckOnesTakeTurns,
                            AnAnswerBeginsTheCountAnew, AFreshEnrollmentClearsWhatIsStuck,
                            HistoryIsForgottenByAge, HistoryIsForgottenByCountInSmallSteps,
                            ALargeReportIsLeftOutOfListsAndFetchedAlone, OneCommandGoesToThousands);

}  // namespace bramley
