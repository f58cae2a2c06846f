#include "cli/structured_input.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

const std::vector<KeyDescription>& keys_of(const char* type) {
  return CommandCatalogue::apple().find(type)->keys;
}

Result<PlistDictionary> parse(std::string_view text, const char* type = "DeviceLock") {
  return parse_structured(as_bytes(text), keys_of(type));
}

TEST(StructuredInput, IsTakenForWhatItBeginsWith) {
  EXPECT_EQ(form_of(as_bytes("bplist00")), InputForm::plist);
  EXPECT_EQ(form_of(as_bytes("\n <?xml version")), InputForm::plist);
  EXPECT_EQ(form_of(as_bytes("\xEF\xBB\xBF{\"a\":1}")), InputForm::json);
  EXPECT_EQ(form_of(as_bytes("a: 1")), InputForm::yaml);
  EXPECT_EQ(form_of(as_bytes("")), InputForm::yaml);
}

TEST(StructuredInput, KeepsTextsThatLookLikeNumbersWhereTheKeyIsText) {
  EXPECT_EQ(*parse("PIN: 000123")->find("PIN"), PlistValue("000123"));
  EXPECT_EQ(*parse("Other: 42")->find("Other"), PlistValue(42));
  EXPECT_EQ(*parse("Other: \"42\"")->find("Other"), PlistValue("42"));
  EXPECT_EQ(*parse("Other: 1.5")->find("Other"), PlistValue(1.5));
  EXPECT_EQ(*parse("Other: true")->find("Other"), PlistValue(true));
  EXPECT_EQ(*parse("Other: !!binary aGk=")->find("Other"), PlistValue(to_bytes("hi")));
  EXPECT_EQ(*parse("{\"PIN\": \"000123\", \"N\": 3}")->find("N"), PlistValue(3));
}

TEST(StructuredInput, ReachesIntoItems) {
  const auto read =
      parse("Settings:\n- Item: DeviceName\n  DeviceName: 12\n- Item: Wallpaper\n  Image: aGk=\n",
            "Settings");
  ASSERT_TRUE(read) << read.error().message;
  const PlistArray& items = *read->find("Settings")->array();
  EXPECT_EQ(*items[0].dictionary()->find("DeviceName"), PlistValue("12"));
  EXPECT_EQ(*items[1].dictionary()->find("Image"), PlistValue(to_bytes("hi")));
}

TEST(StructuredInput, NamesThePlaceOfAFault) {
  for (const auto& [text, place] : std::vector<std::pair<const char*, const char*>>{
           {"PIN: 1\nPIN: 2\n", "line 2, column 1: PIN is there twice"},
           {"PIN:\n", "there is no value"},
           {"a: [1\n", "line "},
           {"? [a]\n: 1\n", "a key is no text"},
           {"a: 1\n---\nb: 2\n", "more than one YAML document"},
           {"", "nothing in it"},
           {"just text", "no dictionary"},
           {"{\"a\": null}", "null is no value"},
           {"{\"a\": ", "not JSON (line 1, column "},
           {"{\n\"a\": x}", "not JSON (line 2, column 6)"}}) {
    const auto read = parse(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(place), std::string::npos) << read.error().message;
  }
}

TEST(StructuredInput, IsBounded) {
  EXPECT_FALSE(parse("a: " + std::string(50, '[') + std::string(50, ']')));
  // Each line holds the one before ten times.
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) {
      bomb += ", " + before;
    }
    bomb += "]\n";
  }
  const auto read = parse(bomb);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("100000"), std::string::npos);
}

}  // namespace
}  // namespace bramley
