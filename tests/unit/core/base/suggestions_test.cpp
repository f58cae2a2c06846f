#include "core/base/suggestions.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("device", "device"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("devce", "device"), 1U);
  EXPECT_EQ(edit_distance("devicee", "device"), 1U);
  EXPECT_EQ(edit_distance("devicr", "device"), 1U);
  EXPECT_EQ(edit_distance("dveice", "device"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(ClosestMatch, IsTheNearestIfItIsNearEnough) {
  const std::vector<std::string> words = {"device", "command", "context", "completion"};
  EXPECT_EQ(closest_match("devcie", words), "device");
  EXPECT_EQ(closest_match("comand", words), "command");
  EXPECT_EQ(closest_match("zebra", words), std::nullopt);
  EXPECT_EQ(closest_match("", words), std::nullopt);
  EXPECT_EQ(closest_match(std::string(1000, 'a'), words), std::nullopt);
}

TEST(ClosestMatch, CompletesABeginningThatHasOneEndOnly) {
  EXPECT_EQ(closest_match("comp", {"command", "completion"}), "completion");
  EXPECT_EQ(closest_match("comm", {"command", "completion"}), "command");
  EXPECT_EQ(closest_match("co", {"command", "completion"}), std::nullopt);
}

}  // namespace
}  // namespace bramley
