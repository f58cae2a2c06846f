#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

// One command seen by whoever waits for it: its counts, what was settled in order, and lists of
// what has a status.
template <class Maker>
class FollowingContract : public StoreContract<Maker> {
 protected:
  // "DEVICE:state …" behind `after`, which goes on.
  std::string settled(const std::string& uuid, std::int64_t& after, std::size_t limit = 100) {
    const auto found = this->commands().settled(uuid, after, limit, 1000);
    EXPECT_TRUE(found) << found.error().message;
    std::string text;
    for (const auto& [position, delivery] : *found) {
      EXPECT_GT(position, after);
      after = position;
      text += (text.empty() ? "" : " ") + delivery.enrollment_id + ":" +
              std::string(command_state_name(delivery.state));
    }
    return text;
  }
  std::string with_status(const std::string& uuid, CommandCount status, std::size_t limit = 50) {
    std::string text;
    PageRequest request{.limit = limit};
    do {
      const auto page = this->commands().results(uuid, request, 1000, status);
      EXPECT_TRUE(page) << page.error().message;
      for (const auto& delivery : page->items) {
        text += (text.empty() ? "" : " ") + delivery.enrollment_id;
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  }
  std::string listed(const CommandFilter& filter, std::size_t limit) {
    std::string text;
    PageRequest request{.limit = limit};
    do {
      const auto page = this->commands().list(filter, request);
      EXPECT_TRUE(page) << page.error().message;
      EXPECT_LE(page->items.size(), limit);
      for (const auto& command : page->items) {
        text += (text.empty() ? "" : " ") + command.uuid;
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  }
};
TYPED_TEST_SUITE_P(FollowingContract);

TYPED_TEST_P(FollowingContract, WhatIsSettledIsToldOnceAndInOrder) {
  std::vector<EnrollmentId> ids;
  for (const auto* udid : {"D1", "D2", "D3", "D4"}) {
    ids.push_back(this->enroll(udid));
  }
  this->enqueue({"D1", "D2", "D3", "D4"}, this->command("C1"));
  this->enqueue({"D1", "D2"}, this->command("C2"));
  std::int64_t after = 0;
  EXPECT_EQ(this->settled("C1", after), "");
  this->acknowledge(ids[2], "C1");
  this->not_now(ids[0], "C1");
  this->report(ids[1], ReportStatus::error, "C1");
  this->acknowledge(ids[0], "C2");
  std::int64_t slowly = 0;
  EXPECT_EQ(this->settled("C1", slowly, 1), "D3:acknowledged");
  EXPECT_EQ(this->settled("C1", after), "D3:acknowledged D2:error");
  EXPECT_EQ(this->settled("C1", after), "");
  this->reopen();
  this->acknowledge(ids[0], "C1");
  EXPECT_EQ(this->commands().cancel("C1", "", this->now()).value(), 1);
  EXPECT_EQ(this->settled("C1", after), "D1:acknowledged D4:cancelled");
  EXPECT_EQ(this->settled("C1", slowly), "D2:error D1:acknowledged D4:cancelled");
  EXPECT_EQ(after, slowly);
  this->acknowledge(ids[3], "C1");  // too late to be told again
  EXPECT_EQ(this->settled("C1", after), "");
  EXPECT_EQ(this->summary("C1").acknowledged, 3);
  EXPECT_EQ(this->commands().settled("nothing", 0, 1, 1).error().code, ErrorCode::not_found);
}

TYPED_TEST_P(FollowingContract, ALargeReportIsLeftOutOfWhatIsToldToo) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  const Bytes large(2000, 'x');
  ASSERT_TRUE(this->commands().settle_and_next(
      {id, ReportStatus::acknowledged, "Acknowledged", "C1", large}, this->now()));
  EXPECT_TRUE(this->commands().settled("C1", 0, 1, 1999)->at(0).delivery.report.empty());
  EXPECT_EQ(this->commands().settled("C1", 0, 1, 1999)->at(0).delivery.report_size, 2000);
  EXPECT_EQ(this->commands().settled("C1", 0, 1, 2000)->at(0).delivery.report, large);
}

TYPED_TEST_P(FollowingContract, WhatIsForgottenIsNotTold) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->enqueue({"D1", "D2"}, this->command("C1"));
  this->acknowledge(id, "C1");
  this->acknowledge(EnrollmentId::device("D2"), "C1");
  EXPECT_EQ(this->commands().forget({.results = 1}, this->now(), 10).value(), 1);
  std::int64_t after = 0;
  EXPECT_EQ(this->settled("C1", after), "D2:acknowledged");
}

TYPED_TEST_P(FollowingContract, NotNowIsCountedApartWhileItLasts) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  this->enqueue({"D1", "D2"}, this->command("C1"));
  this->enqueue({"D1"}, this->command("C2"));
  this->not_now(id, "C1");
  this->not_now(id, "C1");
  EXPECT_EQ(this->summary("C1").not_now, 1);
  EXPECT_EQ(this->summary("C1").pending, 2);
  this->acknowledge(id, "C1");
  EXPECT_EQ(this->summary("C1").not_now, 0);
  EXPECT_EQ(this->summary("C1").pending, 1);
  this->not_now(id, "C2");
  EXPECT_EQ(this->summary("C2").not_now, 1);
  EXPECT_EQ(this->commands().clear("D1", this->now()).value(), 1);
  EXPECT_EQ(this->summary("C2").not_now, 0);
  EXPECT_EQ(this->summary("C2").cancelled, 1);
  // Ignored once too often it is stuck instead.
  const auto other = EnrollmentId::device("D2");
  this->not_now(other, "C1");
  for (int i = 0; i <= deliveries_until_stuck; ++i) {
    this->idle(other);
  }
  EXPECT_EQ(this->summary("C1").not_now, 0);
  EXPECT_EQ(this->summary("C1").stuck, 1);
}

TYPED_TEST_P(FollowingContract, ResultsAreListedByStatus) {
  std::vector<EnrollmentId> ids;
  for (const auto* udid : {"D1", "D2", "D3", "D4", "D5"}) {
    ids.push_back(this->enroll(udid));
  }
  this->enqueue({"D1", "D2", "D3", "D4", "D5"}, this->command("C1"));
  this->acknowledge(ids[0], "C1");
  this->report(ids[1], ReportStatus::error, "C1");
  this->not_now(ids[2], "C1");
  this->report(ids[3], ReportStatus::command_format_error, "C1");
  EXPECT_EQ(this->with_status("C1", CommandCount::failed), "D2 D4");
  EXPECT_EQ(this->with_status("C1", CommandCount::failed, 1), "D2 D4");
  EXPECT_EQ(this->with_status("C1", CommandCount::pending), "D3 D5");
  EXPECT_EQ(this->with_status("C1", CommandCount::not_now), "D3");
  EXPECT_EQ(this->with_status("C1", CommandCount::acknowledged), "D1");
  EXPECT_EQ(this->with_status("C1", CommandCount::stuck), "");
}

TYPED_TEST_P(FollowingContract, CommandsAreListedByStatus) {
  const auto id = this->enroll("D1");
  this->enroll("D2");
  for (const auto* uuid : {"C1", "C2", "C3", "C4"}) {
    this->enqueue({"D1"}, this->command(uuid));
    this->clock_.advance(std::chrono::seconds(1));
  }
  this->enqueue({"D2"}, this->command("other", "ProfileList"));
  this->report(id, ReportStatus::error, "C1");
  this->acknowledge(id, "C2");
  this->report(id, ReportStatus::error, "C3");
  EXPECT_EQ(this->listed({.status = CommandCount::failed}, 50), "C3 C1");
  EXPECT_EQ(this->listed({.status = CommandCount::failed}, 1), "C3 C1");
  EXPECT_EQ(this->listed({.enrollment_id = "D1", .status = CommandCount::pending}, 50), "C4");
  EXPECT_EQ(this->listed({.request_type = "ProfileList", .status = CommandCount::pending}, 50),
            "other");
  EXPECT_EQ(this->listed({.status = CommandCount::pending}, 2), "other C4");
  EXPECT_EQ(this->listed({.status = CommandCount::stuck}, 50), "");
}

REGISTER_TYPED_TEST_SUITE_P(FollowingContract, WhatIsSettledIsToldOnceAndInOrder,
                            ALargeReportIsLeftOutOfWhatIsToldToo, WhatIsForgottenIsNotTold,
                            NotNowIsCountedApartWhileItLasts, ResultsAreListedByStatus,
                            CommandsAreListedByStatus);

}  // namespace bramley
