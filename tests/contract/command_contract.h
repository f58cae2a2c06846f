#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

template <class Maker>
class CommandContract : public StoreContract<Maker> {};
TYPED_TEST_SUITE_P(CommandContract);

TYPED_TEST_P(CommandContract, CommandsComeInTheOrderOfTheirQueueing) {
  const auto id = this->enroll("D1");
  for (const auto* uuid : {"C2", "C1", "C3"}) {
    EXPECT_TRUE(this->enqueue({"D1"}, this->command(uuid)).empty());
  }
  this->reopen();
  EXPECT_EQ(this->queue_of(id), "C2 C1 C3");
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->acknowledge(id, "C2"), "C1");
  EXPECT_EQ(this->acknowledge(id, "C1"), "C3");
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  EXPECT_EQ(this->idle(id), "");
}

// Trap 25: byte for byte, also what is not text.
TYPED_TEST_P(CommandContract, APlistIsServedByteForByte) {
  const auto id = this->enroll("D1");
  Command binary = this->command("C1");
  binary.plist = {'b', 'p', 'l', 'i', 's', 't', 0x00, 0xff, 0x0d, 0x0a, 0x00};
  this->enqueue({"D1"}, binary);
  const auto next =
      this->commands().settle_and_next({id, ReportStatus::idle, "Idle", "", {}}, this->now());
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->plist, binary.plist);
  EXPECT_EQ((*next)->request_type, "DeviceInformation");
  const auto read = this->commands().command("C1");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->plist, binary.plist);
  EXPECT_FALSE(*this->commands().command("C2"));
}

// Trap 24.
TYPED_TEST_P(CommandContract, ADeliveredCommandWithoutAnAnswerIsDeliveredAgain) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  EXPECT_EQ(this->idle(id), "C1");
  this->reopen();
  EXPECT_EQ(this->idle(id), "C1");
}

// Trap 22: the retry of a report, and a report that nobody asked for.
TYPED_TEST_P(CommandContract, ARetriedOrUnknownReportIsHarmless) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    this->enqueue({"D1"}, this->command(uuid));
  }
  this->enqueue({"D2"}, this->command("C4"));
  EXPECT_EQ(this->acknowledge(id, "C1"), "C2");
  const auto reported_at = this->now();
  this->clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(this->report(id, ReportStatus::error, "C1"), "C2");
  EXPECT_EQ(this->acknowledge(id, "never heard of"), "C2");
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->acknowledge(id, "C4"), "C2");
  EXPECT_EQ(this->queue_of(id), "C2 C3");
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D2")), "C4");
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").failed, 0);
  EXPECT_EQ(this->results("C1").front().reported_at, reported_at);
  EXPECT_EQ(this->summary("C4").pending, 1);
}

// Traps 20 and 21.
TYPED_TEST_P(CommandContract, APutOffCommandWaitsForTheNextIdle) {
  const auto id = this->enroll("D1");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    this->enqueue({"D1"}, this->command(uuid));
  }
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->acknowledge(id, "C2"), "C3");
  EXPECT_EQ(this->queue_of(id), "C3 C1");
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  this->reopen();
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->not_now(id, "C1"), "");
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->idle(id), "");
}

TYPED_TEST_P(CommandContract, WhatWasNeverOfferedGoesBeforeWhatWasPutOff) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  EXPECT_EQ(this->not_now(id, "C1"), "");
  this->enqueue({"D1"}, this->command("C2"));
  EXPECT_EQ(this->queue_of(id), "C2 C1");
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->not_now(id, "C2"), "");
  EXPECT_EQ(this->idle(id), "C1");
}

TYPED_TEST_P(CommandContract, ACommandPutOffForEverDoesNotHoldUpTheOthers) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  this->enqueue({"D1"}, this->command("C2"));
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->not_now(id, "C2"), "");
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->not_now(id, "C1"), "");
  EXPECT_EQ(this->idle(id), "C2");
  EXPECT_EQ(this->queue_of(id), "C2 C1");
}

// One poll of a device that is willing again empties its queue: nothing waits for another push.
TYPED_TEST_P(CommandContract, AWillingDeviceGetsAllThatWasPutOffInOneConversation) {
  const auto id = this->enroll("D1");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    this->enqueue({"D1"}, this->command(uuid));
  }
  EXPECT_EQ(this->not_now(id, "C1"), "C2");
  EXPECT_EQ(this->not_now(id, "C2"), "C3");
  EXPECT_EQ(this->not_now(id, "C3"), "");
  this->enqueue({"D1"}, this->command("C4"));
  this->reopen();
  EXPECT_EQ(this->idle(id), "C4");
  EXPECT_EQ(this->acknowledge(id, "C4"), "C1");
  this->reopen();
  EXPECT_EQ(this->report(id, ReportStatus::error, "C1"), "C2");
  EXPECT_EQ(this->acknowledge(id, "C2"), "C3");
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  EXPECT_EQ(this->idle(id), "");
}

TYPED_TEST_P(CommandContract, NothingThatWasPutOffFollowsANotNow) {
  const auto id = this->enroll("D1");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    this->enqueue({"D1"}, this->command(uuid));
    this->not_now(id, uuid);
  }
  EXPECT_EQ(this->idle(id), "C1");
  EXPECT_EQ(this->acknowledge(id, "C1"), "C2");
  EXPECT_EQ(this->not_now(id, "C2"), "");
  // Sent while the device was answering: offered, and then what was not held.
  this->enqueue({"D1"}, this->command("C4"));
  EXPECT_EQ(this->acknowledge(id, "a retry"), "C4");
  EXPECT_EQ(this->acknowledge(id, "C4"), "C3");
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  EXPECT_EQ(this->idle(id), "C2");
}

TYPED_TEST_P(CommandContract, EachStatusLeavesItsMark) {
  const auto id = this->enroll("D1");
  struct Case {
    ReportStatus status;
    std::string text;
    CommandState state;
  };
  const Case cases[] = {{ReportStatus::acknowledged, "Acknowledged", CommandState::acknowledged},
                        {ReportStatus::error, "Error", CommandState::error},
                        {ReportStatus::command_format_error, "CommandFormatError",
                         CommandState::command_format_error},
                        {ReportStatus::other, "Banana", CommandState::other},
                        {ReportStatus::not_now, "NotNow", CommandState::not_now}};
  for (const auto& [status, text, state] : cases) {
    this->enqueue({"D1"}, this->command(text));
    this->clock_.advance(std::chrono::seconds(10));
    EXPECT_EQ(this->report(id, status, text, text), "");
    const auto found = this->results(text);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].state, state) << text;
    EXPECT_EQ(found[0].status_text, text);
    EXPECT_EQ(found[0].reported_at, this->now());
    EXPECT_EQ(found[0].queued_at, this->now() - std::chrono::seconds(10));
    EXPECT_EQ(to_text(found[0].report), "<report>" + text + "</report>");
    const auto sum = this->summary(text);
    EXPECT_EQ(sum.targets, 1);
    EXPECT_EQ(sum.pending, state == CommandState::not_now ? 1 : 0) << text;
    EXPECT_EQ(sum.acknowledged, state == CommandState::acknowledged ? 1 : 0) << text;
    EXPECT_EQ(sum.failed, sum.targets - sum.pending - sum.acknowledged) << text;
  }
  EXPECT_EQ(this->queue_of(id), "NotNow");
  this->report(id, ReportStatus::acknowledged, "NotNow", "Acknowledged");
  EXPECT_EQ(this->results("NotNow").front().state, CommandState::acknowledged);
  EXPECT_EQ(this->summary("NotNow").pending, 0);
}

TYPED_TEST_P(CommandContract, APendingDeliveryHasNoReport) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  const auto found = this->results("C1");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].state, CommandState::pending);
  EXPECT_EQ(found[0].status_text, "");
  EXPECT_FALSE(found[0].reported_at);
  EXPECT_TRUE(found[0].report.empty());
  const auto queue = this->commands().queue("D1", {});
  ASSERT_EQ(queue->items.size(), 1U);
  EXPECT_EQ(queue->items[0].enrollment_id, "D1");
  EXPECT_EQ(queue->items[0].request_type, "DeviceInformation");
}

TYPED_TEST_P(CommandContract, OneCommandGoesToManyAndRefusalsKeepNobodyOut) {
  const auto first = this->enroll("D1");
  this->enroll("D2");
  this->enroll_user("D1", "U1");
  const auto gone = this->enroll("D3");
  ASSERT_TRUE(this->begin(EnrollmentId::device("D4"), distinct_certificate()));
  ASSERT_TRUE(this->enrollments().end_enrollment(gone, this->now()));
  const auto refusals = this->enqueue({"D1", "nobody", "D2", "D3", "D1:U1", "D1", "D4", "nobody"},
                                      this->command("C1"));
  ASSERT_EQ(refusals.size(), 2U);
  EXPECT_EQ(refusals[0].enrollment_id, "nobody");
  EXPECT_EQ(refusals[0].error.code, ErrorCode::not_found);
  EXPECT_EQ(refusals[1].enrollment_id, "D3");
  EXPECT_EQ(refusals[1].error.code, ErrorCode::conflict);
  EXPECT_EQ(this->summary("C1").targets, 4);
  EXPECT_EQ(this->summary("C1").pending, 4);
  this->acknowledge(first, "C1");
  this->report(EnrollmentId::user("D1", "U1"), ReportStatus::error, "C1");
  EXPECT_EQ(this->summary("C1").pending, 2);
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").failed, 1);
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D2")), "C1");
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D4")), "C1");
}

TYPED_TEST_P(CommandContract, NothingIsStoredWhenAllAreRefused) {
  EXPECT_EQ(this->enqueue({"nobody"}, this->command("C1")).size(), 1U);
  EXPECT_FALSE(*this->commands().find("C1"));
  this->enroll("D1");
  EXPECT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
}

TYPED_TEST_P(CommandContract, NoTargetAtAllIsMalformed) {
  const auto outcome = this->commands().enqueue({}, this->command("C1"), this->now());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::malformed);
}

// Trap 26.
TYPED_TEST_P(CommandContract, AUuidIsUsedOnce) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->enqueue({"D1"}, this->command("C1"));
  for (const auto* target : {"D1", "D2", "nobody"}) {
    const std::vector<std::string> targets{target};
    const auto again = this->commands().enqueue(targets, this->command("C1"), this->now());
    ASSERT_FALSE(again) << target;
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
  }
  this->acknowledge(id, "C1");
  const std::vector<std::string> targets{"D1"};
  EXPECT_FALSE(this->commands().enqueue(targets, this->command("C1"), this->now()));
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D2")), "");
}

// Trap 12: users of two devices with one UserID have queues of their own.
TYPED_TEST_P(CommandContract, ChannelsHaveQueuesOfTheirOwn) {
  const auto device = this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->enroll("D2");
  const auto other = this->enroll_user("D2", "U1");
  this->enqueue({user.value()}, this->command("C1"));
  EXPECT_EQ(this->idle(device), "");
  EXPECT_EQ(this->idle(other), "");
  EXPECT_EQ(this->acknowledge(other, "C1"), "");
  EXPECT_EQ(this->idle(user), "C1");
}

// Trap 19.
TYPED_TEST_P(CommandContract, AFreshEnrollmentSettlesWhatWaitedAsCleared) {
  const auto id = this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->enqueue({"D1", "D1:U1"}, this->command("C1"));
  this->enqueue({"D1"}, this->command("C2"));
  this->enqueue({"D1"}, this->command("C3"));
  this->acknowledge(id, "C1");
  this->not_now(id, "C2");
  EXPECT_EQ(this->idle(user), "C1");
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->idle(user), "");
  EXPECT_EQ(this->acknowledge(id, "C3"), "");
  this->reopen();
  EXPECT_EQ(this->queue_of(id), "");
  EXPECT_EQ(this->summary("C1").acknowledged, 1);
  EXPECT_EQ(this->summary("C1").cleared, 1);
  for (const auto* uuid : {"C2", "C3"}) {
    EXPECT_EQ(this->summary(uuid).cleared, 1) << uuid;
    EXPECT_EQ(this->summary(uuid).pending, 0) << uuid;
    EXPECT_EQ(this->summary(uuid).acknowledged, 0) << uuid;
    EXPECT_EQ(this->results(uuid).front().state, CommandState::cleared) << uuid;
  }
  ASSERT_TRUE(this->update(id));
  this->enqueue({"D1"}, this->command("C4"));
  EXPECT_EQ(this->idle(id), "C4");
}

TYPED_TEST_P(CommandContract, ClearEmptiesOneQueue) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->enqueue({"D1", "D2"}, this->command("C1"));
  this->enqueue({"D1"}, this->command("C2"));
  this->not_now(id, "C1");
  EXPECT_EQ(this->commands().clear("D1", this->now()).value(), 2);
  EXPECT_EQ(this->commands().clear("nobody", this->now()).value(), 0);
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->idle(EnrollmentId::device("D2")), "C1");
  EXPECT_EQ(this->summary("C1").cancelled, 1);
  EXPECT_EQ(this->summary("C1").pending, 1);
  EXPECT_EQ(this->summary("C2").cancelled, 1);
}

TYPED_TEST_P(CommandContract, ACheckedOutEnrollmentIsServedNothing) {
  const auto id = this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->enqueue({"D1", "D1:U1"}, this->command("C1"));
  this->enqueue({"D1"}, this->command("C2"));
  EXPECT_EQ(this->idle(id), "C1");
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->idle(user), "");
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->queue_of(id), "C2");
}

TYPED_TEST_P(CommandContract, APendingDeviceIsServed) {
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  this->enqueue({"D1"}, this->command("C1"));
  EXPECT_EQ(this->idle(id), "C1");
}

TYPED_TEST_P(CommandContract, AStrangerIsServedNothing) {
  const auto id = EnrollmentId::device("D1");
  EXPECT_EQ(this->idle(id), "");
  EXPECT_EQ(this->acknowledge(id, "C1"), "");
  EXPECT_EQ(this->idle(id), "");
  this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  EXPECT_EQ(this->idle(id), "C1");
}

// What a poll was told before must not be what it is told for ever.
TYPED_TEST_P(CommandContract, AnEmptyAnswerDoesNotOutliveTheNextCommand) {
  const auto id = this->enroll("D1");
  for (int i = 0; i < 20; ++i) {
    const auto uuid = "C" + std::to_string(i);
    EXPECT_EQ(this->idle(id), "");
    EXPECT_EQ(this->idle(id), "");
    this->enqueue({"D1"}, this->command(uuid));
    EXPECT_EQ(this->idle(id), uuid);
    if (i % 3 == 0) {
      EXPECT_EQ(this->not_now(id, uuid), "");
      EXPECT_EQ(this->idle(id), uuid);
    }
    EXPECT_EQ(this->acknowledge(id, uuid), "");
  }
}

TYPED_TEST_P(CommandContract, ListsAreNewestFirstFilteredAndPaged) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  const auto start = this->now();
  for (int i = 1; i <= 5; ++i) {
    this->enqueue({i % 2 == 0 ? "D2" : "D1"},
                  this->command("C" + std::to_string(i), i < 4 ? "ProfileList" : "DeviceLock"));
    if (i != 2) {
      this->clock_.advance(std::chrono::hours(1));
    }
  }
  this->acknowledge(id, "C1");
  const auto names = [&](const CommandFilter& filter) {
    std::string text;
    PageRequest request{.limit = 2};
    do {
      const auto page = this->commands().list(filter, request);
      EXPECT_TRUE(page);
      EXPECT_LE(page->items.size(), 2U);
      for (const auto& summary : page->items) {
        text += summary.uuid + " ";
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  };
  EXPECT_EQ(names({}), "C5 C4 C3 C2 C1 ");
  EXPECT_EQ(names({.enrollment_id = "D1"}), "C5 C3 C1 ");
  EXPECT_EQ(names({.enrollment_id = "D1", .request_type = "ProfileList"}), "C3 C1 ");
  EXPECT_EQ(names({.request_type = "ProfileList"}), "C3 C2 C1 ");
  EXPECT_EQ(names({.since = start + std::chrono::hours(2)}), "C5 C4 ");
  EXPECT_EQ(names({.request_type = "DeviceLock", .since = start + std::chrono::hours(3)}), "C5 ");
  EXPECT_EQ(names({.enrollment_id = "D2", .since = start + std::chrono::hours(2)}), "C4 ");
  EXPECT_EQ(names({.enrollment_id = "nobody"}), "");
  EXPECT_EQ(this->commands().list({}, {.limit = 50, .after = "no cursor"}).error().code,
            ErrorCode::malformed);
}

TYPED_TEST_P(CommandContract, ResultsAndQueuesArePaged) {
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) {
    ids.push_back("D" + std::to_string(i));
    this->enroll(ids.back());
  }
  this->enqueue(ids, this->command("C1"));
  std::vector<std::string> seen;
  PageRequest request{.limit = 3};
  do {
    const auto page = this->commands().results("C1", request);
    ASSERT_TRUE(page);
    EXPECT_LE(page->items.size(), 3U);
    for (const auto& delivery : page->items) {
      seen.push_back(delivery.enrollment_id);
    }
    request.after = page->next;
  } while (!request.after.empty());
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(this->commands().results("C9", {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(this->commands().results("C1", {.limit = 3, .after = "x"}).error().code,
            ErrorCode::malformed);

  const auto id = EnrollmentId::device("D0");
  for (int i = 2; i < 8; ++i) {
    this->enqueue({"D0"}, this->command("C" + std::to_string(i)));
  }
  this->not_now(id, "C1");
  this->not_now(id, "C3");
  std::string waiting;
  request = {.limit = 2};
  do {
    const auto page = this->commands().queue("D0", request);
    ASSERT_TRUE(page);
    EXPECT_LE(page->items.size(), 2U);
    for (const auto& delivery : page->items) {
      waiting += delivery.command_uuid + " ";
      EXPECT_TRUE(delivery.report.empty());
    }
    request.after = page->next;
  } while (!request.after.empty());
  EXPECT_EQ(waiting, "C2 C4 C5 C6 C7 C1 C3 ");
  EXPECT_TRUE(this->commands().queue("nobody", {})->items.empty());
}

// In steps of one row, so that each enrollment has a step of its own.
TYPED_TEST_P(CommandContract, ACountOverTheQueuesComesToTheirSize) {
  const auto first = this->enroll("D1");
  this->enroll("D2");
  this->enroll("D3");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    this->enqueue({"D1", "D2"}, this->command(uuid));
  }
  EXPECT_TRUE(this->commands().settle_and_next({first, ReportStatus::not_now, "NotNow", "C1", {}},
                                               this->now()));
  this->acknowledge(first, "C2");
  for (const std::int64_t rows : {1, 2, 5000}) {
    CommandQueue::Census census;
    for (int step = 0; step < 20 && !census.complete; ++step) {
      ASSERT_TRUE(this->commands().count_some(census, rows));
    }
    EXPECT_TRUE(census.complete);
    EXPECT_EQ(census.waiting, 4) << rows;
    EXPECT_EQ(census.parked, 1) << rows;
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    CommandContract, ACountOverTheQueuesComesToTheirSize, CommandsComeInTheOrderOfTheirQueueing,
    APlistIsServedByteForByte, ADeliveredCommandWithoutAnAnswerIsDeliveredAgain,
    ARetriedOrUnknownReportIsHarmless, APutOffCommandWaitsForTheNextIdle,
    WhatWasNeverOfferedGoesBeforeWhatWasPutOff, ACommandPutOffForEverDoesNotHoldUpTheOthers,
    AWillingDeviceGetsAllThatWasPutOffInOneConversation, NothingThatWasPutOffFollowsANotNow,
    EachStatusLeavesItsMark, APendingDeliveryHasNoReport,
    OneCommandGoesToManyAndRefusalsKeepNobodyOut, NothingIsStoredWhenAllAreRefused,
    NoTargetAtAllIsMalformed, AUuidIsUsedOnce, ChannelsHaveQueuesOfTheirOwn,
    AFreshEnrollmentSettlesWhatWaitedAsCleared, ClearEmptiesOneQueue,
    ACheckedOutEnrollmentIsServedNothing, APendingDeviceIsServed, AStrangerIsServedNothing,
    AnEmptyAnswerDoesNotOutliveTheNextCommand, ListsAreNewestFirstFilteredAndPaged,
    ResultsAndQueuesArePaged);

}  // namespace bramley
