#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "core/base/encoding.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

using std::string_literals::operator""s;

Result<PlistValue> parse(const std::string& text) {
  return parse_plist(as_bytes(text));
}
Result<PlistValue> parse_value(const std::string& inside) {
  return parse("<plist version=\"1.0\">" + inside + "</plist>");
}
std::string nested(int depth, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) {
    text += open;
  }
  for (int i = 0; i < depth; ++i) {
    text += close;
  }
  return text;
}
void expect_refused(const std::string& document, const std::string& why) {
  const auto value = parse(document);
  ASSERT_FALSE(value) << document;
  EXPECT_EQ(value.error().code, ErrorCode::malformed);
  EXPECT_NE(value.error().message.find(why), std::string::npos)
      << document << "\n  " << value.error().message;
}
void expect_value_refused(const std::string& inside, const std::string& why) {
  expect_refused("<plist>" + inside + "</plist>", why);
}

TEST(XmlPlist, ReadsEveryType) {
  const auto value = parse(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
      "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
      "<plist version=\"1.0\"><dict>"
      "<key>s</key><string>text</string><key>i</key><integer>-42</integer>"
      "<key>r</key><real>1.5</real><key>t</key><true/><key>f</key><false/>"
      "<key>d</key><date>2026-11-24T03:06:13Z</date><key>b</key><data>\n\tAQID\n\t</data>"
      "<key>a</key><array><string>x</string><array/><dict/></array></dict></plist>\n");
  const PlistDictionary expected({{"s", "text"},
                                  {"i", -42},
                                  {"r", 1.5},
                                  {"t", true},
                                  {"f", false},
                                  {"d", *parse_rfc3339("2026-11-24T03:06:13Z")},
                                  {"b", Bytes{1, 2, 3}},
                                  {"a", PlistArray{"x", PlistArray{}, PlistDictionary()}}});
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(*value, PlistValue(expected));
}

TEST(XmlPlist, RootMayBeAnything) {
  EXPECT_EQ(*parse_value("<string/>")->string(), "");
  EXPECT_EQ(*parse_value("<true></true>")->boolean(), true);
  EXPECT_TRUE(parse_value("<data/>")->data()->empty());
  const auto array = parse_plist_dictionary(as_bytes("<plist><array/></plist>"));
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().code, ErrorCode::malformed);
}

TEST(XmlPlist, ResolvesReferencesSectionsCommentsAndLineEnds) {
  EXPECT_EQ(*parse_value("<string>&lt;&gt;&amp;&quot;&apos;</string>")->string(), "<>&\"'");
  EXPECT_EQ(*parse_value("<string>&#65;&#x42;&#x1F600;&#13;</string>")->string(),
            "AB\xF0\x9F\x98\x80\r");
  EXPECT_EQ(*parse_value("<string>a<![CDATA[<&amp;>]]>b<!-- <c> -->d<?e f?>g</string>")->string(),
            "a<&amp;>bdg");
  EXPECT_EQ(*parse_value("<string>a\r\nb\rc\n</string>")->string(), "a\nb\nc\n");
  EXPECT_EQ(*parse_value("<string>]] ]></string>")->string(), "]] ]>");
}

TEST(XmlPlist, ToleratesWhatOthersWrite) {
  EXPECT_TRUE(parse("\n \t<?xml version='1.0'?><plist><true/></plist>"));
  EXPECT_TRUE(parse("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><plist><true/></plist>"));
  EXPECT_TRUE(parse("<!-- a --><?b c?><plist ><!-- d --><true /><!----></plist ><!-- e -->\n"));
  EXPECT_FALSE(parse("<plist a=\"<\"><true/></plist>"));
  EXPECT_TRUE(parse("<plist a=\"/>'\" b='>/\"'><string c=\"x>y\">z</string></plist>"));
  EXPECT_EQ(*parse_value("<integer> 7\n</integer>")->integer(), 7);
}

TEST(XmlPlist, IntegersReachFromInt64ToUint64) {
  EXPECT_EQ(*parse_value("<integer>-9223372036854775808</integer>")->integer(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse_value("<integer>18446744073709551615</integer>"),
            PlistValue(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(*parse_value("<integer>0x1F</integer>")->integer(), 31);
  EXPECT_EQ(*parse_value("<integer>-0x1f</integer>")->integer(), -31);
  EXPECT_EQ(*parse_value("<integer>+5</integer>")->integer(), 5);
  EXPECT_EQ(*parse_value("<integer>-0</integer>")->integer(), 0);
}

TEST(XmlPlist, RefusesNumbersThatAreNone) {
  expect_value_refused("<integer>18446744073709551616</integer>", "64 bits");
  expect_value_refused("<integer>-9223372036854775809</integer>", "64 bits");
  expect_value_refused("<integer>123456789012345678901234</integer>", "64 bits");
  for (const char* text : {"", " ", "x", "1x", "1 2", "1.0", "--1", "+-1", "0x", "-", "1e3", "٣"}) {
    expect_value_refused("<integer>"s + text + "</integer>", "integer");
  }
  expect_value_refused("<integer/>", "integer");
  for (const char* text : {"", "nan", "inf", "-infinity", "1e999", "1,5", "+-1", "0x10", "1.5.2"}) {
    expect_value_refused("<real>"s + text + "</real>", "real");
  }
}

TEST(XmlPlist, RefusesDatesDataAndBooleansThatAreNone) {
  for (const char* text :
       {"", "garbage", "2026-11-24", "2026-11-24T03:06:13", "2023-02-29T00:00:00Z",
        "2026-11-24T03:06:13+01:00", "2026-11-24T03:06:13.5Z", "2026-11-24t03:06:13z",
        "02026-11-24T03:06:13Z"}) {
    expect_value_refused("<date>"s + text + "</date>", "date");
  }
  for (const char* text : {"!!!!", "AQI", "AQ==AQ==", "AQ-_", "AQI=\x0BAQ", "AR=="}) {
    expect_value_refused("<data>"s + text + "</data>", "");
  }
  expect_value_refused("<true>1</true>", "boolean");
}

TEST(XmlPlist, RefusesBrokenDictionaries) {
  expect_value_refused("<dict><key>a</key></dict>", "key without a value");
  expect_value_refused("<dict><key>a</key><key>b</key><true/></dict>", "key without a value");
  expect_value_refused("<dict><true/></dict>", "key was expected");
  expect_value_refused("<dict>text</dict>", "text");
  expect_value_refused("<dict><key>a</key><true/><key>a</key><true/></dict>", "twice");
  expect_value_refused("<dict><key/><true/><key></key><true/></dict>", "twice");
  expect_value_refused("<dict><key>a</key><true/><key>&#97;</key><true/></dict>", "twice");
  expect_value_refused("<key>a</key>", "do not have");
}

TEST(XmlPlist, FindsADuplicateAmongManyKeys) {
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += "<key>k" + std::to_string(i) + "</key><true/>";
  }
  EXPECT_TRUE(parse_value("<dict>" + many + "</dict>"));
  expect_value_refused("<dict>" + many + "<key>k500</key><true/></dict>", "twice");
}

TEST(XmlPlist, RefusesWhatIsNotWellFormed) {
  for (const char* document : {"",
                               " ",
                               "<",
                               "<plist",
                               "<plist>",
                               "<plist/>",
                               "<plist></plist>",
                               "plist",
                               "<dict/>",
                               "<plist><true/>",
                               "<plist><true/></plist",
                               "<plist><true/></dict>",
                               "<plist><true/><true/></plist>",
                               "<plist><array></dict></plist>",
                               "<plist><string>a</strin></plist>",
                               "<plist><string>a<b></string></plist>",
                               "<plist><string>a</string ></plist>x",
                               "<plist><true/></plist><true/>",
                               "<plist><true/></plist>\n<plist><true/></plist>",
                               "<plist a><true/></plist>",
                               "<plist a=b><true/></plist>",
                               "<plist a='b'c='d'><true/></plist>",
                               "<plist a=\"b><true/></plist>",
                               "<plist><true / ></plist>",
                               "<plist>< true/></plist>",
                               "<plist></ plist>",
                               "<plist><!-- a -- b --><true/></plist>",
                               "<plist><!-- a <true/></plist>",
                               "<plist><?x <true/></plist>",
                               "<plist><?xml version='1.0'?><true/></plist>",
                               "<?xml version='1.0'?><?xml version='1.0'?><plist><true/></plist>",
                               "<plist><![CDATA[x]]><true/></plist>",
                               "<plist><string><![CDATA[x</string></plist>",
                               "<plist><string>]]></string></plist>",
                               "<plist><string>&amp</string></plist>",
                               "<plist><string>&</string></plist>",
                               "<plist><string>&#;</string></plist>",
                               "<plist><string>&#x;</string></plist>",
                               "<plist><string>&#0;</string></plist>",
                               "<plist><string>&#xD800;</string></plist>",
                               "<plist><string>&#x110000;</string></plist>",
                               "<plist><string>&#-1;</string></plist>",
                               "<plist><string>&#8;</string></plist>",
                               "<plist><string>&nbsp;</string></plist>",
                               "<plist><uid>1</uid></plist>"}) {
    EXPECT_FALSE(parse(document)) << document;
  }
}

// Billion laughs and external entities end here: no document declares anything.
TEST(XmlPlist, RefusesDeclarationsInTheDoctype) {
  expect_refused(
      "<!DOCTYPE plist [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><plist><string>&b;</string>"
      "</plist>",
      "DOCTYPE");
  expect_refused(
      "<!DOCTYPE plist [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><plist><string>&x;"
      "</string></plist>",
      "DOCTYPE");
  expect_refused("<plist><string>&x;</string></plist>", "reference");
  EXPECT_TRUE(parse("<!DOCTYPE plist SYSTEM \"a[b]>c\"><plist><true/></plist>"));
}

TEST(XmlPlist, RefusesOtherEncodingsAndCharacters) {
  expect_refused("\xFE\xFF\0<\0p"s, "UTF-16");
  expect_refused("\xFF\xFE<\0p\0"s, "UTF-16");
  expect_refused("<\0p\0l\0"s, "not UTF-8");
  expect_refused("<?xml version='1.0' encoding='UTF-16'?><plist><true/></plist>", "encoding");
  expect_refused("<?xml version='1.0' encoding='ISO-8859-1'?><plist><true/></plist>", "encoding");
  for (const std::string& text : {"\x80"s, "\xC0\xAF"s, "\xED\xA0\x80"s, "\xEF\xBF\xBE"s,
                                  "\xEF\xBF\xBF"s, "\0"s, "\x01"s, "\x1B"s, "\xC3"s}) {
    expect_value_refused("<string>" + text + "</string>", "not UTF-8");
  }
  EXPECT_TRUE(parse_value("<string>\xF0\x9F\x98\x80 \xD7\x90</string>"));
}

TEST(XmlPlist, DepthIsLimited) {
  EXPECT_TRUE(parse_value(nested(plist_depth_limit, "<array>", "</array>")));
  expect_value_refused(nested(plist_depth_limit + 1, "<array>", "</array>"), "deeper");
  expect_value_refused(nested(plist_depth_limit + 1, "<dict><key>a</key>", "</dict>"), "deeper");
  // Depth is what is open, not what has been.
  EXPECT_TRUE(parse_value("<array>" + nested(1, "<array>", "</array>") + std::string(2000, ' ') +
                          nested(60, "<array>", "</array>") + "</array>"));
  // Cost: nothing is built for what is too deep.
  std::string deep = "<plist>";
  for (int i = 0; i < 1'000'000; ++i) {
    deep += "<array>";
  }
  expect_refused(deep, "deeper");
}

TEST(XmlPlist, ValuesAreLimited) {
  std::string many = "<plist><array>";
  for (int i = 0; i < 2'000'000; ++i) {
    many += "<true/>";
  }
  expect_refused(many + "</array></plist>", "values");
}

TEST(XmlPlist, ErrorsNameTheLineAndNotTheContent) {
  const auto value =
      parse("<plist>\n<dict>\n<key>a</key>\n<integer>secret</integer>\n</dict>\n</plist>");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message, "parse plist: line 4: an integer that is no number");
}

// Thirty megabytes must not be a matter of minutes, whatever they hold.
TEST(XmlPlist, TimeGrowsWithTheSizeOnly) {
  constexpr std::size_t size = 2'000'000;
  const auto repeated = [](const std::string& piece) {
    std::string text;
    while (text.size() < size) {
      text += piece;
    }
    return text;
  };
  const std::string documents[] = {
      "<plist><string>" + repeated("&amp;") + "</string></plist>",
      "<plist><string>" + repeated("]]") + "</string></plist>",
      "<plist><string>" + repeated("a<![CDATA[b]]>") + "</string></plist>",
      "<plist><string>" + repeated("<!-- -->") + "</string></plist>",
      "<plist>" + repeated("<!-- -->") + "<true/></plist>",
      "<plist " + repeated("a='b' ") + "><true/></plist>",
      "<plist><data>" + repeated("QUJD\n\t") + "</data></plist>",
      "<plist><string>" + repeated("<![CDATA[") + "</string></plist>",
      "<plist>" + repeated("<!--"),
      "<plist><string>" + repeated("&"),
      "<plist><dict>" + repeated("<key>")};
  for (const std::string& document : documents) {
    const auto start = std::chrono::steady_clock::now();
    (void)parse(document);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, std::chrono::seconds(10)) << document.substr(0, 40);
  }
}

}  // namespace
}  // namespace bramley
