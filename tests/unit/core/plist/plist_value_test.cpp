#include "core/plist/plist_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace bramley {
namespace {

TEST(PlistValue, ConvertsNothing) {
  const PlistValue number(1);
  EXPECT_EQ(*number.integer(), 1);
  EXPECT_EQ(number.boolean(), nullptr);
  EXPECT_EQ(number.real(), nullptr);
  EXPECT_EQ(number.string(), nullptr);
  EXPECT_EQ(PlistValue("1").integer(), nullptr);
  EXPECT_EQ(PlistValue(true).integer(), nullptr);
}

TEST(PlistValue, OneNumberHasOneForm) {
  EXPECT_EQ(PlistValue(std::uint64_t{5}), PlistValue(5));
  const PlistValue large(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(large.integer(), nullptr);
  EXPECT_NE(large, PlistValue(-1));
}

TEST(PlistDictionary, FindsSetsAndKeepsTheOrder) {
  PlistDictionary dictionary({{"b", 1}, {"a", 2}});
  dictionary.set("c", 3);
  dictionary.set("a", 4);
  ASSERT_EQ(dictionary.size(), 3U);
  EXPECT_EQ(dictionary.entries()[1].first, "a");
  EXPECT_EQ(*dictionary.find("a")->integer(), 4);
  EXPECT_EQ(dictionary.find("d"), nullptr);
  EXPECT_FALSE(dictionary.empty());
  EXPECT_TRUE(PlistDictionary().empty());
}

TEST(PlistDictionary, KeysStayUnique) {
  const PlistDictionary dictionary({{"a", 1}, {"a", 2}});
  ASSERT_EQ(dictionary.size(), 1U);
  EXPECT_EQ(*dictionary.find("a")->integer(), 2);
}

}  // namespace
}  // namespace bramley
