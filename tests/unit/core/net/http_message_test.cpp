#include "core/net/http_message.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

HttpRequest request_for(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

TEST(HttpHeaders, FindsTheFirstFieldWhateverTheCase) {
  HttpHeaders headers{{"Content-Type", "a"}, {"content-type", "b"}, {"X", "c"}};
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.count("content-Type"), 2U);
  EXPECT_FALSE(headers.find("Content"));
  EXPECT_FALSE(headers.find("Content-Type2"));
}

TEST(HttpHeaders, SetReplacesAllFieldsOfTheName) {
  HttpHeaders headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  headers.set("a", "4");
  EXPECT_EQ(headers.count("A"), 1U);
  EXPECT_EQ(headers.find("A"), "4");
  EXPECT_EQ(headers.find("B"), "2");
  headers.remove("B");
  EXPECT_FALSE(headers.find("b"));
}

TEST(HttpRequest, SplitsTheTarget) {
  EXPECT_EQ(request_for("/a%2Fb?c=d?e").raw_path(), "/a%2Fb");
  EXPECT_EQ(request_for("/a%2Fb?c=d?e").raw_query(), "c=d?e");
  EXPECT_EQ(request_for("/a").raw_query(), "");
  EXPECT_EQ(request_for("/a?").raw_query(), "");
  EXPECT_EQ(request_for("*").raw_path(), "*");
}

TEST(HttpRequest, TakesAbsoluteUrls) {
  EXPECT_EQ(request_for("https://mdm.example:8443/a?b=c").raw_path(), "/a");
  EXPECT_EQ(request_for("https://mdm.example:8443/a?b=c").raw_query(), "b=c");
  EXPECT_EQ(request_for("https://mdm.example").raw_path(), "/");
  EXPECT_EQ(request_for("https://mdm.example?b=c").raw_path(), "/");
  EXPECT_EQ(request_for("https://mdm.example?b=c").query("b"), "c");
  EXPECT_EQ(request_for("/redirect?to=https://else.example/x").raw_path(), "/redirect");
  EXPECT_EQ(request_for("//host/a").raw_path(), "//host/a");
}

TEST(HttpRequest, DecodesQueryParameters) {
  const HttpRequest request = request_for("/x?a=1&a=2&b=x+y%2Bz%26&c&=d&%61b=e&bad=%4&ok=%00");
  EXPECT_EQ(request.query("a"), "1");
  EXPECT_EQ(request.query("b"), "x y+z&");
  EXPECT_EQ(request.query("c"), "");
  EXPECT_EQ(request.query(""), "d");
  EXPECT_EQ(request.query("ab"), "e");
  EXPECT_FALSE(request.query("bad"));
  EXPECT_EQ(request.query("ok"), std::string(1, '\0'));
  EXPECT_FALSE(request.query("B"));
  EXPECT_FALSE(request_for("/x").query("a"));
  EXPECT_EQ(request_for("/x?&&a=1").query("a"), "1");
}

// SCEP by GET carries base64 in the query, where a client may leave '+' as it is.
TEST(HttpRequest, KeepsPaddingInValues) {
  EXPECT_EQ(request_for("/scep?operation=PKIOperation&message=AA%2B%3D=").query("message"),
            "AA+==");
}

TEST(ReasonPhrase, KnowsStatusesOfTheRegistryAndNoOthers) {
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(413), "Content Too Large");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  EXPECT_EQ(reason_phrase(0), "");
  EXPECT_EQ(reason_phrase(299), "");
  EXPECT_EQ(reason_phrase(999), "");
}

}  // namespace
}  // namespace bramley
