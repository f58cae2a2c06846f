#include "core/mdm/selection.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-24T12:00:00Z");

DeviceFacts a_mac() {
  DeviceFacts facts;
  facts.set(Fact::platform, std::string("macOS"), now);
  facts.set(Fact::os_version, std::string("14.4"), now);
  facts.set(Fact::device_name, std::string("Büro \"7\""), now);
  facts.set(Fact::serial_number, std::string("C02X"), now);
  facts.set(Fact::supervised, true, now);
  facts.set(Fact::filevault_enabled, false, now);
  facts.set(Fact::available_gb, 20.5, now);
  facts.set(Fact::last_seen, now - std::chrono::hours(24 * 3), now);
  return facts;
}

bool selects(const std::string& text) {
  const auto selection = Selection::parse(text);
  EXPECT_TRUE(selection) << text << ": " << selection.error().message;
  return selection && selection->matches(a_mac(), now);
}

TEST(Selection, ComparesEachTypeByItsOwnOrder) {
  for (const auto* const yes : {R"(platform == "macOS")",
                                R"(platform != "iOS")",
                                R"(os_version < "14.10")",
                                R"(os_version == "14.4.0")",
                                R"(os_version >= "14")",
                                R"(os_version != "14.5")",
                                "supervised",
                                "!filevault_enabled",
                                "supervised == true",
                                "filevault_enabled != true",
                                "available_gb < 21",
                                "available_gb >= 20.5",
                                "available_gb > -1",
                                R"(last_seen < ago("2d"))",
                                R"(last_seen >= ago("3d"))",
                                R"(last_seen < "2026-11-23T00:00:00+01:00")",
                                R"(device_name == "Büro \"7\"")",
                                R"(serial_number in ["A", "C02X"])",
                                R"(os_version in ["14.4", "15"])",
                                "available_gb in [1, 20.5]",
                                R"(contains(device_name, "üro"))",
                                R"(starts_with(serial_number, "C02"))",
                                R"(ends_with(serial_number, "2X"))",
                                R"(starts_with(os_version, "14."))",
                                "known(platform)",
                                "!known(wifi_mac)"}) {
    EXPECT_TRUE(selects(yes)) << yes;
  }
  for (const auto* const no :
       {R"(platform == "iOS")", R"(os_version < "14.4")", "filevault_enabled", "!supervised",
        R"(serial_number == "c02x")", R"(last_seen > ago("2d"))", R"(serial_number in ["A"])",
        R"(contains(device_name, "büro"))", "known(udid)", "available_gb <= 20"}) {
    EXPECT_FALSE(selects(no)) << no;
  }
}

TEST(Selection, AndBindsCloserThanOr) {
  EXPECT_TRUE(selects(R"(supervised || filevault_enabled && platform == "iOS")"));
  EXPECT_FALSE(selects(R"((supervised || filevault_enabled) && platform == "iOS")"));
  EXPECT_TRUE(selects("!filevault_enabled && !(filevault_enabled || !supervised)"));
  EXPECT_TRUE(selects("\n supervised\t&&supervised "));
}

TEST(Selection, WhatIsNotKnownIsNeitherTrueNorFalse) {
  for (const auto* const no :
       {R"(build_version == "1")", R"(build_version != "1")", "lost_mode", "!lost_mode",
        "lost_mode == false", "lost_mode && supervised", "lost_mode || filevault_enabled",
        "!(lost_mode && supervised)", "!(lost_mode || filevault_enabled)",
        R"(contains(wifi_mac, ""))", R"(enrolled_at < ago("1s"))"}) {
    EXPECT_FALSE(selects(no)) << no;
  }
  EXPECT_TRUE(selects("lost_mode || supervised"));
  EXPECT_TRUE(selects("!(lost_mode && filevault_enabled)"));
  DeviceFacts odd;
  odd.set(Fact::os_version, std::string("Sonoma"), now);
  EXPECT_FALSE(Selection::parse(R"(os_version < "14")")->matches(odd, now));
  EXPECT_FALSE(Selection::parse(R"(os_version != "14")")->matches(odd, now));
}

TEST(Selection, SaysWhichFactsItNames) {
  const auto selection =
      Selection::parse(R"(supervised && (known(udid) || supervised) && os_version == "1")");
  EXPECT_EQ(selection->facts(),
            (std::vector<Fact>{Fact::supervised, Fact::udid, Fact::os_version}));
}

struct Wrong {
  const char* text;
  const char* message;  // behind "read the selection: "
  const char* hint;
};
TEST(Selection, SaysWhereItIsWrongAndWhatWasExpected) {
  const Wrong all[] = {
      {"", "column 1: expected the name of a fact, a function, ! or (, and not the end", ""},
      {"plattform == \"iOS\"", "column 1: no fact has the name 'plattform'",
       "did you mean platform?"},
      {"supervised && os == \"1\"", "column 15: no fact has the name 'os'", nullptr},
      {"platform = \"iOS\"", "column 10: unexpected '='", "equality is written =="},
      {"platform == \"MacOS\"",
       "column 13: expected one of macOS, iOS, iPadOS, tvOS, visionOS, watchOS for platform, and "
       "not '\"MacOS\"'",
       "did you mean macOS?"},
      {"platform == 'macOS'", "column 13: unexpected '''", "texts are in double quotes"},
      {"platform < \"iOS\"",
       "column 10: expected == or != after platform, which is text and has no order, and not '<'",
       ""},
      {"platform", "column 9: expected a comparison after platform, which is text, and not the end",
       ""},
      {"os_version < 14.4",
       "column 14: expected a version in double quotes, as \"14.4\" for os_version, and not '14.4'",
       ""},
      {"os_version < \"Sonoma\"",
       "column 14: expected a version in double quotes, as \"14.4\" for os_version, and not "
       "'\"Sonoma\"'",
       ""},
      {"supervised == \"yes\"",
       "column 15: expected true or false for supervised, and not '\"yes\"'", ""},
      {"available_gb < \"10\"", "column 16: expected a number for available_gb, and not '\"10\"'",
       ""},
      {"available_gb < 1.2.3", "column 16: expected a number for available_gb, and not '1.2.3'",
       ""},
      {"last_seen < \"yesterday\"",
       "column 13: expected ago(\"7d\") or a time as \"2026-01-31T12:00:00Z\" for last_seen, and "
       "not '\"yesterday\"'",
       ""},
      {"last_seen < ago(7d)",
       "column 17: expected a duration in double quotes, as \"7d\" or \"12h\", and not '7'", ""},
      {"supervised and lost_mode", "column 12: expected &&, || or the end, and not 'and'", ""},
      {"supervised & lost_mode", "column 12: unexpected '&'", "and is written &&"},
      {"(supervised", "column 12: expected &&, || or ), and not the end", ""},
      {"supervised)", "column 11: expected &&, || or the end, and not ')'", ""},
      {"serial_number in \"A\"",
       "column 18: expected [ and a list of values after in, and not "
       "'\"A\"'",
       ""},
      {"serial_number in [\"A\" \"B\"]", "column 23: expected , or ], and not '\"B\"'", ""},
      {"serial_number in [\"A\", $]", "column 24: unexpected '$'", ""},
      {"supervised in [true]",
       "column 12: expected == or another comparison after supervised, which is yes or no, and "
       "not 'in'",
       ""},
      {"known platform", "column 7: expected ( after known, and not 'platform'", ""},
      {"contains(supervised, \"x\")",
       "column 10: expected a fact that is text in contains(), and supervised is yes or no", ""},
      {"contains(device_name)", "column 21: expected , and a text in double quotes, and not ')'",
       ""},
      {"contains(device_name, x)", "column 23: expected a text in double quotes, and not 'x'", ""},
      {"device_name == \"a\\n\"", "column 19: expected \" or \\ after a \\ in a text", ""},
      {"device_name == \"ü", "column 16: a text without its end: expected a closing \"", ""},
      {"device_name == \"ü\" §", "column 20: unexpected '?'", ""},
  };
  for (const auto& [text, message, hint] : all) {
    const auto selection = Selection::parse(text);
    ASSERT_FALSE(selection) << text;
    EXPECT_EQ(selection.error().code, ErrorCode::malformed);
    EXPECT_EQ(selection.error().message, std::string("read the selection: ") + message);
    if (hint != nullptr) {
      EXPECT_EQ(selection.error().hint, hint) << text;
    }
  }
}

TEST(Selection, IsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "supervised" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_TRUE(Selection::parse(nested(32)));
  EXPECT_EQ(Selection::parse(nested(33)).error().message,
            "read the selection: column 33: nested more than 32 deep");
  EXPECT_TRUE(Selection::parse(std::string(32, '!') + "supervised"));
  EXPECT_FALSE(Selection::parse(std::string(4000, '!')));
  std::string wide = "supervised";
  while (wide.size() + 14 <= Selection::longest) {
    wide += " && supervised";
  }
  EXPECT_TRUE(selects(wide));
  EXPECT_FALSE(Selection::parse(wide + std::string(20, ' ')));
  EXPECT_FALSE(Selection::parse("\xff"));
}

}  // namespace
}  // namespace bramley
