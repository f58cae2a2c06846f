#include "core/mdm/os_version.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(OsVersion, ComparesNumberByNumber) {
  EXPECT_LT(*OsVersion::parse("14.4"), *OsVersion::parse("14.10"));
  EXPECT_LT(*OsVersion::parse("9.3"), *OsVersion::parse("10"));
  EXPECT_EQ(*OsVersion::parse("14"), *OsVersion::parse("14.0.0"));
  EXPECT_LT(*OsVersion::parse("14.4"), *OsVersion::parse("14.4.1"));
  EXPECT_EQ(*OsVersion::parse("14.4"), *OsVersion::parse("14.4.0"));
  EXPECT_GT(*OsVersion::parse("15"), *OsVersion::parse("14.9.9"));
  EXPECT_EQ(*OsVersion::parse("17.4.1 (a)"), *OsVersion::parse("17.4.1"));
}

TEST(OsVersion, IsNothingElse) {
  for (const auto* text : {"", ".", "14.", ".4", "14..1", "a", "14.4b", "v14", "-1", "1.2.3.4.5",
                           "99999999999", "99999999999999999999"}) {
    EXPECT_FALSE(OsVersion::parse(text)) << text;
  }
}

TEST(OsVersion, IsWrittenWithTwoNumbersAtLeast) {
  EXPECT_EQ(OsVersion::parse("14")->text(), "14.0");
  EXPECT_EQ(OsVersion::parse("14.4.0")->text(), "14.4");
  EXPECT_EQ(OsVersion::parse("14.4.1")->text(), "14.4.1");
}

}  // namespace
}  // namespace bramley
