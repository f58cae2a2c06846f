#include "cli/command_builder.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(SetValue, ConvertsByTheRulesOfHelp) {
  EXPECT_EQ(set_value("RequestRequiresNetworkTether", "true"), PlistValue(true));
  EXPECT_EQ(set_value("Loud", "false"), PlistValue(false));
  EXPECT_EQ(set_value("Priority", "42"), PlistValue(42));
  EXPECT_EQ(set_value("Priority", "-42"), PlistValue(-42));
  EXPECT_EQ(set_value("Identifier", "org.example"), PlistValue("org.example"));
  EXPECT_EQ(set_value("Version", "15"), PlistValue("15"));
  EXPECT_EQ(set_value("Identifier", "a,b"), PlistValue("a,b"));
  EXPECT_EQ(set_value("Identifier", ""), PlistValue(""));
}

TEST(SetValue, NumbersThatDoNotFitStayText) {
  EXPECT_EQ(set_value("Priority", "99999999999999999999"), PlistValue("99999999999999999999"));
  EXPECT_EQ(set_value("Priority", "1.5"), PlistValue("1.5"));
  EXPECT_EQ(set_value("Priority", "0x10"), PlistValue("0x10"));
}

TEST(SetValue, SomeKeysAreTextOrListsWhateverTheyLookLike) {
  EXPECT_EQ(set_value("PIN", "000123"), PlistValue("000123"));
  EXPECT_EQ(set_value("Queries", "OSVersion"), PlistValue(PlistArray{"OSVersion"}));
  EXPECT_EQ(set_value("Queries", "A,B,"), PlistValue(PlistArray{"A", "B"}));
  EXPECT_EQ(set_value("Queries", ""), PlistValue(PlistArray{}));
}

TEST(SetValue, QuotesMakeText) {
  EXPECT_EQ(set_value("Anything", "\"true\""), PlistValue("true"));
  EXPECT_EQ(set_value("Queries", "\"a,b\""), PlistValue("a,b"));
  EXPECT_EQ(set_value("Anything", "\""), PlistValue("\""));
}

TEST(CommandParameters, RefuseWhatIsNoKeyAndValue) {
  EXPECT_TRUE(command_parameters({"A=1", "B=x=y"}, {}));
  EXPECT_EQ(*command_parameters({"B=x=y"}, {})->find("B"), PlistValue("x=y"));
  EXPECT_FALSE(command_parameters({"A"}, {}));
  EXPECT_FALSE(command_parameters({"=1"}, {}));
  EXPECT_FALSE(command_parameters({"A=1", "A=2"}, {}));
  EXPECT_FALSE(command_parameters({"RequestType=X"}, {}));
  EXPECT_FALSE(command_parameters({}, {"Payload=/nonexistent/file"}));
}

}  // namespace
}  // namespace bramley
