#include "cli/event_lines.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

class EventLinesTest : public testing::Test {
 protected:
  bool take(std::string_view text) {
    return lines_.take(as_bytes(text), [this](const EventLines::Message& message) {
      names_ += message.name + " ";
      seen_ += "[" + message.id + " " + message.data + "]";
      return message.data != "stop";
    });
  }
  EventLines lines_;
  std::string seen_;
  std::string names_;
};

TEST_F(EventLinesTest, AMessageMayComeInAnyPieces) {
  const std::string text =
      "retry: 2000\n: hello\n\nid: 1\nevent: mdm.Connect\ndata: {}\n\nid: 2\r\ndata:x\r\n\r\n";
  EXPECT_TRUE(take(text));
  EXPECT_EQ(seen_, "[1 {}][2 x]");
  EXPECT_EQ(names_, "mdm.Connect message ");
  seen_.clear();
  for (const char c : text) {
    EXPECT_TRUE(take(std::string_view(&c, 1)));
  }
  EXPECT_EQ(seen_, "[1 {}][2 x]");
}

TEST_F(EventLinesTest, AnIdAloneIsAPlaceToResumeFrom) {
  EXPECT_TRUE(take("retry: 2000\nid: 7\n: events follow\n\n: still here\n\n"));
  EXPECT_EQ(seen_, "[7 ]");
}

TEST_F(EventLinesTest, WhatWasBegunEndsWithItsConnection) {
  EXPECT_TRUE(take("id: 1\ndata: half"));
  lines_.forget();
  EXPECT_TRUE(take("id: 2\ndata: whole\n\n"));
  EXPECT_EQ(seen_, "[2 whole]");
}

TEST_F(EventLinesTest, EndsWhenToldOrWhenAMessageHasNoEnd) {
  EXPECT_FALSE(take("data: stop\n\ndata: more\n\n"));
  EXPECT_EQ(seen_, "[ stop]");
  lines_.forget();
  EXPECT_FALSE(take("data: " + std::string((8U << 20U) + 1, 'x')));
}

}  // namespace
}  // namespace bramley
