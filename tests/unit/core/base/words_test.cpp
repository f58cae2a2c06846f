#include "core/base/words.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(Words, AreJoined) {
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, ", "), "a");
  EXPECT_EQ(join(std::vector<std::string_view>{"a", "", "c"}, ", "), "a, , c");
}

TEST(Words, AreSplitWithoutEmptyOnes) {
  EXPECT_EQ(split("a  b c ", ' '), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_EQ(split("abc", ' '), (std::vector<std::string_view>{"abc"}));
  EXPECT_TRUE(split("", ' ').empty());
  EXPECT_TRUE(split(" ", ' ').empty());
}

}  // namespace
}  // namespace bramley
