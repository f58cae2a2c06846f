#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/plist/plist_document.h"

namespace bramley {
namespace {

using std::string_literals::operator""s;

std::string written(const PlistValue& value) {
  const auto document = write_plist_xml(value);
  return document ? to_text(*document) : "error: " + document.error().message;
}

TEST(PlistWriter, WritesAsAppleDoes) {
  EXPECT_EQ(written(PlistDictionary({{"a", PlistArray{1, true, "x"}},
                                     {"b", PlistDictionary()},
                                     {"c", Bytes{1, 2, 3}},
                                     {"d", PlistArray()}})),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
            "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
            "<plist version=\"1.0\">\n"
            "<dict>\n"
            "\t<key>a</key>\n"
            "\t<array>\n"
            "\t\t<integer>1</integer>\n"
            "\t\t<true/>\n"
            "\t\t<string>x</string>\n"
            "\t</array>\n"
            "\t<key>b</key>\n"
            "\t<dict/>\n"
            "\t<key>c</key>\n"
            "\t<data>AQID</data>\n"
            "\t<key>d</key>\n"
            "\t<array/>\n"
            "</dict>\n"
            "</plist>\n");
}

TEST(PlistWriter, WhatItWritesReadsBackTheSame) {
  const PlistDictionary everything(
      {{"text", "& < > \" ' ]]> \r\n\t \xF0\x9F\x98\x80 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
       {"& < >", "key"},
       {"", ""},
       {" spaces ", "  kept  "},
       {"lowest", std::numeric_limits<std::int64_t>::min()},
       {"highest", std::numeric_limits<std::uint64_t>::max()},
       {"tenth", 0.1},
       {"tiny", 5e-324},
       {"huge", -1.7976931348623157e308},
       {"year one", *parse_rfc3339("0001-01-01T00:00:00Z")},
       {"far", *parse_rfc3339("9999-12-31T23:59:59Z")},
       {"bytes", Bytes(1000, 0xFF)},
       {"none", Bytes()}});
  const auto document = write_plist_xml(everything);
  ASSERT_TRUE(document);
  EXPECT_EQ(*parse_plist(*document), PlistValue(everything));
}

TEST(PlistWriter, RefusesWhatXmlCannotCarry) {
  for (const std::string& text :
       {"\0"s, "\x01"s, "\x1B"s, "\xFF"s, "\xED\xA0\x80"s, "\xEF\xBF\xBE"s}) {
    EXPECT_EQ(written(text), "error: write plist: a text that XML cannot carry");
    EXPECT_FALSE(write_plist_xml(PlistDictionary({{text, 1}})));
  }
  EXPECT_FALSE(write_plist_xml(std::nan("")));
  EXPECT_FALSE(write_plist_xml(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(write_plist_xml(Timestamp(std::chrono::seconds(253402300800))));
  EXPECT_FALSE(write_plist_xml(Timestamp(std::chrono::seconds(-99999999999))));
}

TEST(PlistWriter, DepthIsLimitedAsInTheReader) {
  PlistValue value = PlistArray();
  for (int depth = 1; depth < plist_depth_limit; ++depth) {
    value = PlistArray{std::move(value)};
  }
  const auto document = write_plist_xml(value);
  ASSERT_TRUE(document);
  EXPECT_TRUE(parse_plist(*document));
  EXPECT_FALSE(write_plist_xml(PlistArray{std::move(value)}));
}

}  // namespace
}  // namespace bramley
