#include "core/base/encoding.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

std::string decoded(const Result<Bytes>& bytes) {
  return bytes ? to_text(*bytes) : "error: " + std::string(error_code_name(bytes.error().code));
}
constexpr const char* refused = "error: malformed";

TEST(Hex, WritesBothCasesAndReadsEither) {
  const Bytes bytes = {0x00, 0x9f, 0xab, 0xff};
  EXPECT_EQ(encode_hex(bytes), "009fabff");
  EXPECT_EQ(encode_hex(bytes, HexCase::upper), "009FABFF");
  EXPECT_EQ(*decode_hex("009fABff"), bytes);
  EXPECT_TRUE(decode_hex("")->empty());
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  for (const char* text : {"0", "0g", "0x00", " 00", "00 ", "g0"}) {
    EXPECT_EQ(decoded(decode_hex(text)), refused) << text;
  }
}

// RFC 4648 §10.
TEST(Base64, TestVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(encode_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(decoded(decode_base64(encoded)), plain);
    EXPECT_EQ(decoded(decode_base64_lenient(encoded)), plain);
  }
}

TEST(Base64, EveryByteSurvives) {
  Bytes bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t length = 250; length <= 256; ++length) {
    const ByteView part = ByteView(bytes).first(length);
    EXPECT_EQ(*decode_base64(encode_base64(part)), to_bytes(part));
    EXPECT_EQ(*decode_base64_lenient(encode_base64url(part)), to_bytes(part));
  }
}

TEST(Base64, StrictReaderForgivesNothing) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9=v", "Zm8-",
                           "Zh==", "Zm9=", "Zm9vZ", "Zm\x80v"}) {
    EXPECT_EQ(decoded(decode_base64(text)), refused) << text;
  }
}

TEST(Base64, LenientReaderForgivesSpacePaddingAndUrlAlphabet) {
  EXPECT_EQ(decoded(decode_base64_lenient(" Zg\r\n")), "f");
  EXPECT_EQ(decoded(decode_base64_lenient("Z m 9 v\t")), "foo");
  EXPECT_EQ(*decode_base64_lenient("-_-_"), *decode_base64("+/+/"));
  for (const char* text : {"Z", "Zm9v!", "Zg===", "Zh", "Z=g="}) {
    EXPECT_EQ(decoded(decode_base64_lenient(text)), refused) << text;
  }
}

TEST(Base64Url, HasNoPaddingAndNoCharactersThatUrlsEscape) {
  EXPECT_EQ(encode_base64url(Bytes{0xfb, 0xff}), "-_8");
}

TEST(Percent, DecodesEscapesAndKeepsPlus) {
  EXPECT_EQ(*decode_percent("a%20b+%2B%c3%A9"), "a b++\xC3\xA9");
  EXPECT_EQ(*decode_percent("%41"), "A");
  for (const char* text : {"%", "%4", "%4g", "%g4", "a%"}) {
    EXPECT_FALSE(decode_percent(text)) << text;
  }
}

TEST(Percent, EncodesAllButUnreserved) {
  EXPECT_EQ(encode_percent("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(encode_percent("a b/:,\xC3\xA9"), "a%20b%2F%3A%2C%C3%A9");
}

// Unicode, table 3-7.
TEST(Utf8, AcceptsWellFormedSequences) {
  for (const char* text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                           "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xC2\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

// With its length, for a NUL does not end it.
template <std::size_t size>
std::string_view whole(const char (&text)[size]) {
  return {text, size - 1};
}

TEST(Utf8, RefusesEverythingElse) {
  for (const std::string_view text :
       {whole("\x80"), whole("\xC0\xAF"), whole("\xC1\xBF"), whole("\xE0\x80\xAF"),
        whole("\xED\xA0\x80"), whole("\xF0\x80\x80\xAF"), whole("\xF4\x90\x80\x80"),
        whole("\xF5\x80\x80\x80"), whole("\xE2\x82"), whole("\xC3"), whole("\xF0\x9F\x98"),
        whole("a\0b"), whole("\xFF"), whole("\xE2\x28\xA1")}) {
    EXPECT_FALSE(is_utf8(text)) << encode_hex(as_bytes(text));
  }
}

}  // namespace
}  // namespace bramley
