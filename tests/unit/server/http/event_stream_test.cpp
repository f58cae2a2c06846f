#include "server/http/event_stream.h"

#include <gtest/gtest.h>

#include "server/store/memory_store.h"

namespace bramley {
namespace {

class EventStreamTest : public testing::Test {
 protected:
  void happens(const std::string& topic) {
    Event event{EnrollmentId::device("D1")};
    event.id = "0123456789abcdef";
    event.topic = topic;
    ASSERT_TRUE(store_->events().record_with(event, [] { return Status(); }));
    bell_.ring();
  }
  // With a heartbeat whenever there is nothing to tell.
  EventStream follow(std::int64_t after, EventFilter filter) {
    return EventStream(
        store_->events(), bell_, followers_.take_place(), after, std::move(filter),
        [] { return true; }, std::chrono::milliseconds(0));
  }
  static std::string next(EventStream& stream) {
    const auto piece = stream.pull();
    return piece ? to_text(*piece) : "the end";
  }

  std::unique_ptr<Store> store_ = make_memory_store();
  EventBell bell_;
  Followers followers_;
};

TEST_F(EventStreamTest, SaysAtOnceFromWhereItGoesOn) {
  happens("mdm.Authenticate");
  auto stream = follow(1, {});
  EXPECT_EQ(next(stream), "retry: 2000\nid: 1\n: events follow\n\n");
  happens("mdm.TokenUpdate");
  EXPECT_EQ(next(stream).substr(0, 30), "id: 2\nevent: mdm.TokenUpdate\nd");
}

TEST_F(EventStreamTest, WhatDoesNotMatchIsLookedAtOnce) {
  auto stream = follow(0, {.topic = "mdm.CheckOut"});
  EXPECT_EQ(next(stream), "retry: 2000\nid: 0\n: events follow\n\n");
  happens("mdm.Authenticate");
  happens("mdm.TokenUpdate");
  EXPECT_EQ(next(stream), "id: 2\n: still here\n\n");
  happens("mdm.CheckOut");
  EXPECT_EQ(next(stream).substr(0, 6), "id: 3\n");
}

TEST_F(EventStreamTest, EndsWithItsBellAndIsCountedUntilThen) {
  {
    auto stream = follow(0, {});
    EXPECT_EQ(followers_.take_place()->number(), 2);
    bell_.close();
    EXPECT_EQ(next(stream), "retry: 2000\nid: 0\n: events follow\n\n");  // where to resume
    EXPECT_EQ(next(stream), "the end");
  }
  EXPECT_EQ(followers_.take_place()->number(), 1);
}

}  // namespace
}  // namespace bramley
