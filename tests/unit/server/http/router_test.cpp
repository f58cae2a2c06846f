#include "server/http/router.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() {
    add("GET", "/things");
    add("POST", "/things");
    add("GET", "/things/{id}");
    add("DELETE", "/things/{id}/queue");
    add("*", "/many/{ids...}");
  }
  void add(const std::string& method, const std::string& pattern) {
    router_.add(method, pattern, 0, [](const RoutedRequest&) { return HttpResponse{}; });
  }

  // "METHOD PATTERN captures" of what was found, or "no path", or "allow: …".
  std::string find(std::string_view method, std::string_view path,
                   std::string_view capture = "") const {
    const Router::Found found = router_.find(method, path);
    if (const auto* match = std::get_if<Router::Match>(&found)) {
      const std::string name = match->route->method + " " + match->route->pattern;
      return capture.empty() ? name : name + " " + match->path.get(capture);
    }
    if (const auto* other = std::get_if<Router::NoMethod>(&found)) {
      return "allow: " + other->allow;
    }
    return "no path";
  }

  Router router_;
};

TEST_F(Routes, AreFoundByMethodAndPath) {
  EXPECT_EQ(find("GET", "/things"), "GET /things");
  EXPECT_EQ(find("POST", "/things"), "POST /things");
  EXPECT_EQ(find("GET", "/things/T1", "id"), "GET /things/{id} T1");
  EXPECT_EQ(find("DELETE", "/things/T1/queue", "id"), "DELETE /things/{id}/queue T1");
}

TEST_F(Routes, HeadIsAnsweredByGetAlone) {
  EXPECT_EQ(find("HEAD", "/things"), "GET /things");
  EXPECT_EQ(find("HEAD", "/things/T1/queue"), "allow: DELETE");
}

TEST_F(Routes, AnotherMethodGetsTheListOfThoseThatExist) {
  EXPECT_EQ(find("PUT", "/things"), "allow: GET, HEAD, POST");
  EXPECT_EQ(find("get", "/things"), "allow: GET, HEAD, POST");
}

TEST_F(Routes, ASegmentIsDecodedAfterTheSplit) {
  EXPECT_EQ(find("GET", "/things/a%2Fb%3A%25", "id"), "GET /things/{id} a/b:%");
  EXPECT_EQ(find("GET", "/things/a+b", "id"), "GET /things/{id} a+b");
  EXPECT_EQ(find("GET", "/%74hings"), "GET /things");
}

TEST_F(Routes, NothingIsCleaned) {
  for (const char* path : {"", "things", "/things/", "//things", "/things//queue", "/./things",
                           "/things/T1/", "/Things", "/things/T1/queue/x", "/"}) {
    EXPECT_EQ(find("GET", path), "no path") << path;
  }
}

TEST_F(Routes, ABadEscapeIsNoPath) {
  for (const char* path : {"/things/%", "/things/%2", "/things/%zz", "/many/%f"}) {
    EXPECT_EQ(find("GET", path), "no path") << path;
  }
}

TEST_F(Routes, AnOpenEndTakesTheRestWhateverTheMethod) {
  EXPECT_EQ(find("PUT", "/many/a,b", "ids"), "* /many/{ids...} a,b");
  EXPECT_EQ(find("QUERY", "/many/a/b%2Cc", "ids"), "* /many/{ids...} a/b,c");
  EXPECT_EQ(find("GET", "/many/", "ids"), "* /many/{ids...} ");
  EXPECT_EQ(find("GET", "/many"), "no path");
}

}  // namespace
}  // namespace bramley
