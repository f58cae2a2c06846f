#include "server/http/json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/http/limits.h"

namespace bramley {
namespace {

Result<JsonObject> parse(std::string_view text) {
  return JsonObject::parse(as_bytes(text));
}
JsonObject parsed(std::string_view text) {
  auto object = parse(text);
  EXPECT_TRUE(object) << text;
  return *std::move(object);
}
std::string refusal(std::string_view text) {
  const auto object = parse(text);
  EXPECT_FALSE(object) << text;
  EXPECT_EQ(object.error().code, ErrorCode::malformed);
  return object.error().message;
}
std::string nested(int depth) {
  std::string text = "{\"a\":";
  text.append(static_cast<std::size_t>(depth - 1), '[');
  text.append(static_cast<std::size_t>(depth - 1), ']');
  return text + "}";
}

TEST(JsonBody, TakesAnObjectOrNothing) {
  EXPECT_TRUE(parsed("{}").finish());
  EXPECT_TRUE(parsed("").finish());
  EXPECT_TRUE(parsed(" \n{ } ").finish());
}

TEST(JsonBody, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "1", "\"x\"", "null", "true"}) {
    EXPECT_EQ(refusal(text), "parse JSON: the body must be an object");
  }
}

TEST(JsonBody, RefusesWhatIsNoJson) {
  for (const char* text : {"{", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":01}", "{\"a\":NaN}",
                           "{\"a\":1} x", "{} {}", "{/* c */}", "{\"a\":\"\x01\"}", "   ",
                           "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\xc0\xaf\"}"}) {
    EXPECT_EQ(refusal(text), "parse JSON: not a valid document");
  }
}

TEST(JsonBody, RefusesANulWhereTheParserWouldStop) {
  EXPECT_EQ(refusal(std::string_view("{}\0garbage", 10)), "parse JSON: a NUL byte");
}

TEST(JsonBody, RefusesANameThatAppearsTwice) {
  EXPECT_EQ(refusal(R"({"a":1,"b":2,"a":3})"), "parse JSON: a name appears twice in one object");
  EXPECT_EQ(refusal(R"({"x":{"a":1,"\u0061":3}})"),
            "parse JSON: a name appears twice in one object");
  EXPECT_TRUE(parse(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"));
}

TEST(JsonBody, RefusesDeepNesting) {
  EXPECT_TRUE(parse(nested(limits::json_depth)));
  EXPECT_EQ(refusal(nested(limits::json_depth + 1)), "parse JSON: nested too deeply");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')), "parse JSON: nested too deeply");
}

TEST(JsonBody, ItsErrorsDoNotQuoteTheInput) {
  EXPECT_EQ(refusal("{\"challenge\": hunter2}").find("hunter2"), std::string::npos);
}

TEST(JsonMembers, NullAndAbsentAreTheSame) {
  auto object = parsed(R"({"a":null})");
  EXPECT_EQ(*object.take_text("a", 9), std::nullopt);
  EXPECT_EQ(*object.take_bool("b"), std::nullopt);
  EXPECT_TRUE(object.finish());
}

TEST(JsonMembers, WhatNobodyAskedForIsNamed) {
  auto object = parsed(R"({"ttl":"1h","max_use":1})");
  EXPECT_EQ(*object.take_ttl("ttl"), std::chrono::hours(1));
  EXPECT_EQ(object.finish().error().message, "unknown member \"max_use\"");
}

TEST(JsonMembers, TextIsBoundedAndPrintable) {
  auto object = parsed(R"({"a":"12345","b":"12345","c":"1\n2","d":1,"e":"\u007f","f":"Zoë"})");
  EXPECT_EQ(*object.take_text("a", 5), "12345");
  EXPECT_EQ(object.take_text("b", 4).error().message, "\"b\" must be at most 4 bytes long");
  EXPECT_EQ(object.take_text("c", 9).error().message, "\"c\" must be without control characters");
  EXPECT_EQ(object.take_text("d", 9).error().message, "\"d\" must be a string");
  EXPECT_FALSE(object.take_text("e", 9));
  EXPECT_EQ(*object.take_text("f", 9), "Zoë");
}

TEST(JsonMembers, IntegersAreWholeAndInRange) {
  const auto take = [](std::string_view text) {
    return parsed("{\"n\":" + std::string(text) + "}").take_integer("n", 0, 10);
  };
  EXPECT_EQ(*take("0"), 0);
  EXPECT_EQ(*take("10"), 10);
  for (const char* text : {"-1", "11", "1.5", "1.0", "\"1\"", "true", "18446744073709551615",
                           "9223372036854775808", "1e1"}) {
    EXPECT_FALSE(take(text)) << text;
  }
  EXPECT_EQ(take("11").error().message, "\"n\" must be a whole number from 0 to 10");
}

TEST(JsonMembers, BooleansAreNothingElse) {
  EXPECT_EQ(*parsed(R"({"b":true})").take_bool("b"), true);
  EXPECT_FALSE(parsed(R"({"b":1})").take_bool("b"));
  EXPECT_FALSE(parsed(R"({"b":"true"})").take_bool("b"));
}

TEST(JsonMembers, ATtlIsADurationUpToAYear) {
  const auto take = [](std::string_view text) {
    return parsed("{\"ttl\":\"" + std::string(text) + "\"}").take_ttl("ttl");
  };
  EXPECT_EQ(*take("24h"), std::chrono::hours(24));
  EXPECT_EQ(*take("365d"), std::chrono::hours(24 * 365));
  for (const char* text : {"0", "0s", "366d", "-1h", "1", "soon", "", "1h "}) {
    EXPECT_FALSE(take(text)) << text;
  }
  EXPECT_FALSE(parsed(R"({"ttl":3600})").take_ttl("ttl"));
}

TEST(JsonMembers, ListsHoldStringsOnly) {
  EXPECT_EQ(*parsed(R"({"l":["a","b"]})").take_texts("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(parsed(R"({"l":["a",1]})").take_texts("l"));
  EXPECT_FALSE(parsed(R"({"l":"a"})").take_texts("l"));
}

TEST(JsonAnswer, TextThatIsNotUtf8DoesNotBreakIt) {
  EXPECT_EQ(to_text(json_body({{"a", "x\xff"}})), "{\"a\":\"x\xEF\xBF\xBD\"}\n");
}

TEST(JsonAnswer, AbsentIsNull) {
  EXPECT_EQ(json_text("").dump(), "null");
  EXPECT_EQ(json_time(std::optional<Timestamp>()).dump(), "null");
  EXPECT_EQ(json_time(Timestamp(std::chrono::seconds(0))).dump(), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(json_restriction({}).dump(), "null");
  EXPECT_EQ(json_restriction({"U1", ""}).dump(), R"({"udid":"U1","serial_number":null})");
}

TEST(JsonFromPlist, EveryTypeHasItsForm) {
  const PlistDictionary plist = {{"z", true},
                                 {"int", std::int64_t{-5}},
                                 {"big", std::uint64_t{18446744073709551615U}},
                                 {"real", 0.5},
                                 {"inf", std::numeric_limits<double>::infinity()},
                                 {"nan", std::nan("")},
                                 {"text", "Zoë"},
                                 {"data", Bytes{0, 255}},
                                 {"date", Timestamp(std::chrono::seconds(0))},
                                 {"array", PlistArray{1, "a", PlistDictionary{}}},
                                 {"a", PlistDictionary{{"k", "v"}}}};
  EXPECT_EQ(json_from_plist(plist).dump(),
            R"({"z":true,"int":-5,"big":18446744073709551615,"real":0.5,"inf":null,"nan":null,)"
            R"("text":"Zoë","data":"AP8=","date":"1970-01-01T00:00:00Z","array":[1,"a",{}],)"
            R"("a":{"k":"v"}})");
}

}  // namespace
}  // namespace bramley
