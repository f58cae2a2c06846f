#include "core/catalogue/command_values.h"

#include <gtest/gtest.h>

#include "core/catalogue/parameter_tree.h"

namespace bramley {
namespace {

const CommandDescription& apple(const char* type) {
  return *CommandCatalogue::apple().find(type);
}

KeyDescription key_of(KeyType type) {
  KeyDescription key;
  key.name = "Key";
  key.type = type;
  return key;
}

Result<PlistValue> typed(KeyType type, std::string_view text) {
  const KeyDescription key = key_of(type);
  return typed_value(&key, text);
}

TEST(TypedValue, IsOfTheTypeThatTheKeyHas) {
  EXPECT_EQ(*typed(KeyType::string, "000123"), PlistValue("000123"));
  EXPECT_EQ(*typed(KeyType::string, "true"), PlistValue("true"));
  EXPECT_EQ(*typed(KeyType::string, "\"x\""), PlistValue("x"));
  EXPECT_EQ(*typed(KeyType::boolean, "true"), PlistValue(true));
  EXPECT_EQ(*typed(KeyType::integer, "-42"), PlistValue(-42));
  EXPECT_EQ(*typed(KeyType::real, "0.5"), PlistValue(0.5));
  EXPECT_EQ(*typed(KeyType::data, "base64:aGk="), PlistValue(to_bytes("hi")));
  EXPECT_EQ(*typed(KeyType::date, "2026-11-24T03:06:13Z"),
            PlistValue(*parse_rfc3339("2026-11-24T03:06:13Z")));
}

TEST(TypedValue, SaysWhatWasExpected) {
  const std::vector<std::pair<KeyType, std::string>> wrong = {
      {KeyType::boolean, "yes"},
      {KeyType::boolean, ""},
      {KeyType::integer, "1.5"},
      {KeyType::integer, "x"},
      {KeyType::integer, "99999999999999999999"},
      {KeyType::real, "1,5"},
      {KeyType::date, "tomorrow"},
      {KeyType::data, "aGk="},
      {KeyType::data, "base64:***"},
      {KeyType::dictionary, "a"}};
  for (const auto& [type, text] : wrong) {
    const auto value = typed(type, text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().message, "expected " + std::string(key_type_in_words(type)));
  }
}

TEST(TypedValue, IsAGuessWhereNothingIsKnown) {
  EXPECT_EQ(*typed_value(nullptr, "true"), PlistValue(true));
  EXPECT_EQ(*typed_value(nullptr, "42"), PlistValue(42));
  EXPECT_EQ(*typed_value(nullptr, "\"42\""), PlistValue("42"));
  EXPECT_EQ(*typed_value(nullptr, "1.5"), PlistValue("1.5"));
  EXPECT_EQ(*typed_value(nullptr, "0x10"), PlistValue("0x10"));
  EXPECT_EQ(*typed_value(nullptr, "a,b"), PlistValue("a,b"));
  EXPECT_EQ(*typed_value(nullptr, "\""), PlistValue("\""));
}

TEST(TypedValue, SplitsListsAtCommas) {
  const KeyDescription* queries = apple("DeviceInformation").find("Queries");
  EXPECT_EQ(*typed_value(queries, "A,B,"), PlistValue(PlistArray{"A", "B"}));
  EXPECT_EQ(*typed_value(queries, ""), PlistValue(PlistArray{}));
  EXPECT_EQ(*typed_value(queries, "a\\,b,c"), PlistValue(PlistArray{"a,b", "c"}));
  EXPECT_EQ(*typed_value(queries, "\"a,b\""), PlistValue(PlistArray{"a,b"}));
  EXPECT_FALSE(typed_value(apple("Settings").find("Settings"), "Bluetooth"));
}

TEST(KeyPath, LeadsThroughNamesAndItems) {
  const auto path = parse_key_path("Settings[0].Item");
  ASSERT_TRUE(path);
  ASSERT_EQ(path->size(), 3U);
  EXPECT_EQ(path->at(0).name, "Settings");
  EXPECT_TRUE(path->at(1).is_item());
  EXPECT_EQ(path->at(2).name, "Item");
  EXPECT_EQ(parse_key_path("A\\.b.c")->front().name, "A.b");
  for (const auto* text :
       {"", ".", "A.", ".A", "A..B", "A[", "A[]", "A[x]", "A[1", "A[10000]", "A[-1]", "A[0]B"}) {
    EXPECT_FALSE(parse_key_path(text)) << text;
  }
}

TEST(ParameterTree, BuildsNestedKeys) {
  ParameterTree tree(&apple("EraseDevice"));
  ASSERT_TRUE(tree.set_text("ReturnToService.Enabled", "true"));
  ASSERT_TRUE(tree.set_value("ReturnToService.WiFiProfileData", to_bytes("x")));
  const PlistDictionary built = tree.parameters();
  const PlistDictionary* inner = built.find("ReturnToService")->dictionary();
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(*inner->find("Enabled"), PlistValue(true));
}

TEST(ParameterTree, TakesTheNameOfASettingForItsItem) {
  ParameterTree tree(&apple("Settings"));
  ASSERT_TRUE(tree.set_text("Settings.Bluetooth.Enabled", "false"));
  ASSERT_TRUE(tree.set_text("Settings.DeviceName.DeviceName", "Mac"));
  const PlistDictionary built = tree.parameters();
  const PlistArray& items = *built.find("Settings")->array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0], PlistValue(PlistDictionary{{"Item", "Bluetooth"}, {"Enabled", false}}));
  EXPECT_FALSE(tree.set_text("Settings.Nonsense.Enabled", "true"));
}

TEST(ParameterTree, TakesANameForTheOnlyItem) {
  ParameterTree tree(&apple("ScheduleOSUpdate"));
  ASSERT_TRUE(tree.set_text("Updates.InstallAction", "Default"));
  ASSERT_TRUE(tree.set_text("Updates.MaxUserDeferrals", "3"));
  ASSERT_TRUE(tree.set_text("Updates[1].InstallAction", "InstallASAP"));
  EXPECT_FALSE(tree.set_text("Updates.Priority", "High"));
  EXPECT_FALSE(tree.set_text("Updates[7].Priority", "High"));
  EXPECT_EQ(tree.parameters().find("Updates")->array()->size(), 2U);
}

TEST(ParameterTree, AddsUpListsAndRefusesOtherRepetitions) {
  ParameterTree tree(&apple("DeviceInformation"));
  ASSERT_TRUE(tree.set_text("Queries", "OSVersion"));
  ASSERT_TRUE(tree.set_text("Queries", "UDID,IMEI"));
  EXPECT_EQ(tree.parameters().find("Queries")->array()->size(), 3U);
  ASSERT_TRUE(tree.set_text("Unknown", "1"));
  const Status twice = tree.set_text("Unknown", "2");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "Unknown is given twice");
  EXPECT_FALSE(tree.set_text("Unknown.Sub", "2"));
  EXPECT_FALSE(tree.set_text("Unknown[0]", "2"));
}

TEST(ParameterTree, StartsFromAFile) {
  ParameterTree tree(&apple("EraseDevice"), {{"PreserveDataPlan", true}});
  ASSERT_TRUE(tree.set_text("DisallowProximitySetup", "false"));
  EXPECT_FALSE(tree.set_text("PreserveDataPlan", "false"));
  EXPECT_EQ(tree.parameters().size(), 2U);
}

TEST(FitToCatalogue, MakesDataAndDatesOfTexts) {
  const PlistDictionary fitted =
      fit_to_catalogue({{"Payload", "aGk="}, {"Other", "aGk="}}, apple("InstallProfile").keys);
  EXPECT_EQ(*fitted.find("Payload"), PlistValue(to_bytes("hi")));
  EXPECT_EQ(*fitted.find("Other"), PlistValue("aGk="));
}

TEST(FitToCatalogue, ReachesTheItemsOfSettings) {
  const PlistDictionary fitted = fit_to_catalogue(
      {{"Settings", PlistArray{PlistDictionary{{"Item", "Wallpaper"}, {"Image", "aGk="}}}}},
      apple("Settings").keys);
  const PlistDictionary& item = *fitted.find("Settings")->array()->front().dictionary();
  EXPECT_EQ(*item.find("Image"), PlistValue(to_bytes("hi")));
}

}  // namespace
}  // namespace bramley
