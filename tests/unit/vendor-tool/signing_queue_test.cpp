#include "vendor-tool/signing_queue.h"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/unit/vendor-tool/signing_fixture.h"

namespace bramley {
namespace {

using testing::HasSubstr;

using SigningQueueTest = SigningFixture;

TEST_F(SigningQueueTest, KeepsWhatIsAddedInOrder) {
  ASSERT_TRUE(queue_.add(wanted("a@b.test"), "127.0.0.1"));
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(queue_.add(wanted("b@b.test"), ""));
  const auto listing = queue_.list(SigningQueue::Which::open);
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->cases.size(), 2U);
  EXPECT_EQ(listing->cases[0].email, "a@b.test");
  EXPECT_EQ(listing->cases[0].state, SigningState::waiting);
  EXPECT_EQ(listing->cases[0].received_at, test_time());
  EXPECT_EQ(queue_.find(listing->cases[1].id)->email, "b@b.test");
}

TEST_F(SigningQueueTest, OneRequestIsOpenOnce) {
  EXPECT_EQ(*queue_.add(wanted("a@b.test"), ""), SigningQueue::Added::now);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(*queue_.add(wanted("a@b.test"), ""), SigningQueue::Added::before);
  ASSERT_TRUE(queue_.decide(only_id(), {SigningState::denied, "me", ""}, clock_.now()));
  EXPECT_EQ(*queue_.add(wanted("a@b.test"), ""), SigningQueue::Added::now);
}

TEST_F(SigningQueueTest, IsDecidedOnce) {
  ASSERT_TRUE(queue_.add(wanted("a@b.test"), ""));
  const std::string id = only_id();
  ASSERT_TRUE(queue_.decide(id, {SigningState::denied, "me", "no"}, clock_.now()));
  const Status again = queue_.decide(id, {SigningState::approved, "you", ""}, clock_.now());
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("is denied already, by me"));
  EXPECT_EQ(queue_.find(id)->reason, "no");
  EXPECT_TRUE(queue_.list(SigningQueue::Which::open)->cases.empty());
  EXPECT_EQ(queue_.list(SigningQueue::Which::all)->cases.size(), 1U);
}

TEST_F(SigningQueueTest, OnlyOneOfManyWhoDecideAtOnceWins) {
  ASSERT_TRUE(queue_.add(wanted("a@b.test"), ""));
  const std::string id = only_id();
  std::atomic<int> winners = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      SigningQueue own = SigningQueue::open_existing(folder_).value();
      const auto state = i % 2 == 0 ? SigningState::approved : SigningState::denied;
      if (own.decide(id, {state, std::to_string(i), ""}, clock_.now())) {
        ++winners;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(audit_events().size(), 2U);
}

TEST_F(SigningQueueTest, WhatACrashLeavesInBothFoldersIsSettled) {
  ASSERT_TRUE(queue_.add(wanted("a@b.test"), ""));
  const std::string id = only_id();
  std::filesystem::copy_file(folder_ / "open" / (id + ".json"), folder_ / "kept");
  ASSERT_TRUE(queue_.decide(id, {SigningState::denied, "me", ""}, clock_.now()));
  std::filesystem::copy_file(folder_ / "kept", folder_ / "open" / (id + ".json"));
  EXPECT_EQ(queue_.find(id)->state, SigningState::denied);
  EXPECT_TRUE(queue_.list(SigningQueue::Which::open)->cases.empty());
  EXPECT_EQ(queue_.list(SigningQueue::Which::all)->cases.size(), 1U);
  EXPECT_FALSE(queue_.decide(id, {SigningState::approved, "me", ""}, clock_.now()));
}

TEST_F(SigningQueueTest, ABrokenFileIsNamedAndHidesNoOther) {
  ASSERT_TRUE(queue_.add(wanted("a@b.test"), ""));
  std::ofstream(folder_ / "open" / "0-broken.json") << "{";
  const auto listing = queue_.list(SigningQueue::Which::open);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->cases.size(), 1U);
  ASSERT_EQ(listing->broken.size(), 1U);
  EXPECT_THAT(listing->broken[0].message, HasSubstr("0-broken.json"));
}

TEST_F(SigningQueueTest, NoIdLeadsElsewhere) {
  for (const char* id : {"", "..", "../audit", "/etc/passwd", "a/b", "x", "lock"}) {
    EXPECT_EQ(queue_.find(id).error().code, ErrorCode::not_found) << id;
  }
}

TEST_F(SigningQueueTest, IsBounded) {
  SigningCase each = wanted("a@b.test");
  for (std::size_t i = 0; i < SigningQueue::most_open; ++i) {
    std::ofstream(folder_ / "open" / (std::to_string(i) + "-0.json")) << "{}";
  }
  EXPECT_EQ(queue_.add(each, "").error().code, ErrorCode::unavailable);
}

TEST_F(SigningQueueTest, TheOutboxOverwritesNothing) {
  const auto first = queue_.put_into_outbox("one", clock_.now());
  const auto second = queue_.put_into_outbox("two", clock_.now());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->filename(), "mdm_signed_request.20270601_000000_000.plist.b64.p7");
  EXPECT_EQ(second->filename(), "mdm_signed_request.20270601_000000_001.plist.b64.p7");
}

}  // namespace
}  // namespace bramley
