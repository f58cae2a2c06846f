#include "cli/api_client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/cli/fake_http_client.h"

namespace bramley {
namespace {

class ApiClientTest : public testing::Test {
 protected:
  ApiClient client(FakeHttpClient::Answer answer, std::string_view token = "k3y") {
    return ApiClient(std::make_unique<FakeHttpClient>(std::move(answer), requests_),
                     "https://mdm.example.com", SecretBytes(token));
  }
  Error failure(HttpResponse response) {
    auto result = client([&](const HttpRequest&) { return response; }).get({"/api/v1/x"});
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  std::vector<HttpRequest> requests_;
};

TEST(ApiPath, EscapesSegmentsAndParameters) {
  ApiPath path{"/api/v1/enrollments"};
  path.segment("a/b c").parameter("state", "x&y").parameter("type", "").parameter("n", "1");
  EXPECT_EQ(path.path, "/api/v1/enrollments/a%2Fb%20c?state=x%26y&n=1");
}

TEST(CheckBaseUrl, TakesAHostAndNothingBehindIt) {
  EXPECT_EQ(*check_base_url("https://mdm.example.com//"), "https://mdm.example.com");
  EXPECT_EQ(*check_base_url("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(*check_base_url("https://mdm.example.com/base/"), "https://mdm.example.com/base");
  for (const auto* url : {"", "mdm.example.com", "ftp://x", "https://", "https:///", "http://?",
                          "https://u:p@host", "https://h?q", "https://h#f", "https://h h"}) {
    EXPECT_FALSE(check_base_url(url)) << url;
  }
}

TEST_F(ApiClientTest, SendsTheKeyAsEachFamilyOfPathsWantsIt) {
  auto api = client([](const HttpRequest&) { return json_answer("{}"); });
  ASSERT_TRUE(api.get({"/api/v1/server"}));
  ASSERT_TRUE(api.send("PUT", "/v1/enqueue/A", {}, {}));
  EXPECT_EQ(requests_[0].target, "https://mdm.example.com/api/v1/server");
  EXPECT_EQ(requests_[0].headers.find("Authorization"), "Bearer k3y");
  EXPECT_EQ(requests_[1].headers.find("Authorization"), "Basic YnJhbWxleTprM3k=");
}

TEST_F(ApiClientTest, SendsNoCredentialWhereThereIsNone) {
  auto api = client([](const HttpRequest&) { return json_answer("{}"); }, "");
  ASSERT_TRUE(api.get({"/api/v1/server"}));
  EXPECT_EQ(requests_[0].headers.find("Authorization"), std::nullopt);
}

TEST_F(ApiClientTest, TakesCodeMessageAndHintFromProblemDocuments) {
  const Error error = failure(answer(409, "application/problem+json",
                                     R"({"detail":"taken","code":"conflict","hint":"try B"})"));
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_EQ(error.message, "taken");
  EXPECT_EQ(error.hint, "try B");
}

TEST_F(ApiClientTest, GoesByTheStatusWhereThereIsNoSuchDocument) {
  const std::vector<std::pair<int, ErrorCode>> expected = {
      {400, ErrorCode::malformed},   {401, ErrorCode::unauthenticated},
      {403, ErrorCode::forbidden},   {404, ErrorCode::not_found},
      {405, ErrorCode::unsupported}, {409, ErrorCode::conflict},
      {413, ErrorCode::malformed},   {500, ErrorCode::unavailable},
      {501, ErrorCode::unsupported}, {502, ErrorCode::unavailable},
      {302, ErrorCode::unavailable}};
  for (const auto& [status, code] : expected) {
    const Error error = failure(answer(status, "text/html", "<html>"));
    EXPECT_EQ(error.code, code) << status;
    EXPECT_NE(error.message.find(std::to_string(status)), std::string::npos);
    EXPECT_NE(error.message.find("<html>"), std::string::npos);
  }
}

TEST_F(ApiClientTest, ASuccessMustBeJson) {
  EXPECT_EQ(failure(answer(200, "text/html", "<html>")).code, ErrorCode::unavailable);
  EXPECT_EQ(failure(json_answer("{\"a\":")).code, ErrorCode::unavailable);
  auto empty = client([](const HttpRequest&) { return answer(204, "", ""); }).get({"/api/v1/x"});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->is_null());
}

TEST_F(ApiClientTest, FollowsCursorsUntilThereIsNone) {
  auto api = client([](const HttpRequest& request) {
    return json_answer(request.target.find("cursor=") == std::string::npos
                           ? R"({"things":[1],"next_cursor":"a b"})"
                           : R"({"things":[2],"next_cursor":null})");
  });
  std::vector<int> seen;
  ASSERT_TRUE(api.each_page({"/api/v1/things"}, "things", [&](const Json& page) {
    seen.push_back(page.front().get<int>());
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_TRUE(requests_[1].target.ends_with("?limit=500&cursor=a%20b"));
}

TEST_F(ApiClientTest, StopsWhenTheCallerHasEnough) {
  auto api =
      client([](const HttpRequest&) { return json_answer(R"({"things":[1],"next_cursor":"a"})"); });
  ASSERT_TRUE(api.each_page({"/x"}, "things", [](const Json&) { return false; }));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ApiClientTest, AListThatGoesInCirclesEnds) {
  auto api =
      client([](const HttpRequest&) { return json_answer(R"({"things":[1],"next_cursor":"a"})"); });
  EXPECT_FALSE(api.each_page({"/x"}, "things", [](const Json&) { return true; }));
  EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(ApiClientTest, AnAnswerWithoutTheListIsAnError) {
  for (const auto* body : {"{}", "[]", "7", R"({"things":{}})"}) {
    auto api = client([&](const HttpRequest&) { return json_answer(body); });
    EXPECT_FALSE(api.each_page({"/x"}, "things", [](const Json&) { return true; })) << body;
  }
}

}  // namespace
}  // namespace bramley
