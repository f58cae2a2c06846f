#include "cli/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

TEST(ParseJson, TakesOneWholeTextOnly) {
  EXPECT_TRUE(parse_json("{\"a\":[1,2]}"));
  for (const auto* text : {"", "{", "{} {}", "[1,]", "nul", "{\"a\":1}x"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(ParseJson, RefusesDeepNesting) {
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
  EXPECT_FALSE(parse_json(std::string(100, '[') + std::string(100, ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(write_json(*parse_json("{\"z\":1,\"a\":2}"), -1), "{\"z\":1,\"a\":2}");
}

TEST(WriteJson, LetsNoControlThrough) {
  EXPECT_EQ(write_json(Json("\x1b\x7f\xc2\x9b"), -1), "\"\\u001b\\u007f\\u009b\"");
  EXPECT_EQ(write_json(Json("Büro"), -1), "\"Büro\"");
  EXPECT_EQ(*parse_json(write_json(Json("\x7f\xc2\x9b"), -1)), Json("\x7f\xc2\x9b"));
}

TEST(WriteJson, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(write_json(Json("a\xff"), -1), "\"a\xef\xbf\xbd\"");
}

TEST(WriteYaml, QuotesWhatCouldBeTakenForSomethingElse) {
  const Json value = {{"plain", "some words"}, {"version", "15.1"}, {"yes", "no"},
                      {"empty", ""},           {"null", Json()},    {"number", 3},
                      {"tilde", "~"},          {"line", "a\nb: c"}, {"list", Json::array()}};
  EXPECT_EQ(write_yaml(value),
            "plain: some words\n"
            "version: \"15.1\"\n"
            "\"yes\": \"no\"\n"
            "empty: \"\"\n"
            "\"null\": null\n"
            "number: 3\n"
            "tilde: \"~\"\n"
            "line: \"a\\nb: c\"\n"
            "list: []\n");
}

TEST(WriteYaml, NestsBlocks) {
  const Json value = {{"a", {{"b", {1, 2}}}},
                      {"c", Json::array({{{"d", 1}, {"e", 2}}, {{"d", 3}}})}};
  EXPECT_EQ(write_yaml(value), "a:\n  b:\n    - 1\n    - 2\nc:\n  - d: 1\n    e: 2\n  - d: 3\n");
}

TEST(Members, AreEmptyWhereTheDocumentHasSomethingElse) {
  const Json object = {{"text", "t"}, {"number", 7}, {"list", {1}}};
  EXPECT_EQ(text_member(object, "text"), "t");
  EXPECT_EQ(text_member(object, "number"), "");
  EXPECT_EQ(text_member(Json::array(), "text"), "");
  EXPECT_EQ(integer_member(object, "number"), 7);
  EXPECT_EQ(integer_member(object, "text"), 0);
  EXPECT_EQ(integer_member(Json("x"), "number"), 0);
  EXPECT_EQ(array_member(object, "list"), Json({1}));
  EXPECT_EQ(array_member(object, "text"), Json::array());
}

}  // namespace
}  // namespace bramley
