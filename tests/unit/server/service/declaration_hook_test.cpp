#include "server/service/declaration_hook.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"

namespace bramley {
namespace {

class OneAnswer : public HttpClient {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    asked.push_back(request);
    return during ? during(request) : answer;
  }
  Result<HttpResponse> stream(const HttpRequest&, const std::function<bool(ByteView)>&) override {
    return Error{ErrorCode::unsupported, "not here"};
  }
  std::vector<HttpRequest> asked;
  Result<HttpResponse> answer = HttpResponse{};
  std::function<Result<HttpResponse>(const HttpRequest&)> during;
};

class DeclarationHookTest : public testing::Test {
 protected:
  DeclarationHookTest() { make({"http://ddm.example/v1", {}, {}}); }
  void make(DeclarationHook::Options options) {
    auto http = std::make_unique<OneAnswer>();
    http_ = http.get();
    hook_ = std::make_unique<DeclarationHook>(std::move(options), std::move(http));
  }
  Result<DeclarationAnswer> ask(const std::string& endpoint = "tokens", Bytes data = {}) {
    return hook_->answer(EnrollmentId::device("D1"),
                         DeclarativeManagement{endpoint, std::move(data)});
  }
  ErrorCode code_of(int status) {
    HttpResponse response;
    response.status = status;
    http_->answer = response;
    const auto answer = ask();
    return answer ? ErrorCode::internal : answer.error().code;
  }
  OneAnswer* http_ = nullptr;
  std::unique_ptr<DeclarationHook> hook_;
};

TEST(DeclarationPath, KnowsTheFourAndNothingElse) {
  for (const std::string path :
       {"tokens", "declaration-items", "status", "declaration/activation/a",
        "declaration/asset/com.example.x", "declaration/management/a/b"}) {
    const auto found = declaration_path(path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(*found, path);
  }
  EXPECT_EQ(*declaration_path("declaration/configuration/a b?c#d"),
            "declaration/configuration/a%20b%3Fc%23d");
  for (const std::string path :
       {"", "/tokens", "tokens/", "tokens?x", "Tokens", "declaration", "declaration/",
        "declaration/activation", "declaration/activation/", "declaration/other/x",
        "declaration/asset/..", "declaration/asset/a/../b", "declaration/asset//b",
        "declaration/asset/a/", "//evil.example/z", "http://169.254.169.254/", "../admin"}) {
    const auto found = declaration_path(path);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().code, ErrorCode::malformed);
  }
  EXPECT_FALSE(declaration_path("declaration/asset/" + std::string(2000, 'a')));
}

TEST_F(DeclarationHookTest, AsksWithGetAndSendsDataWithPut) {
  ASSERT_TRUE(ask());
  EXPECT_EQ(http_->asked[0].method, "GET");
  EXPECT_EQ(http_->asked[0].target, "http://ddm.example/v1/tokens");
  EXPECT_EQ(http_->asked[0].headers.find("X-Enrollment-Type"), "Device");
  EXPECT_FALSE(http_->asked[0].headers.find("X-Enrollment-ParentID"));
  EXPECT_FALSE(http_->asked[0].headers.find("X-Hmac-Signature"));
  ASSERT_TRUE(ask("status", to_bytes(std::string_view("{}"))));
  EXPECT_EQ(http_->asked[1].method, "PUT");
  EXPECT_EQ(http_->asked[1].headers.find("Content-Type"), "application/json");
}

TEST_F(DeclarationHookTest, NeverTellsADeviceToLeave) {
  EXPECT_EQ(code_of(404), ErrorCode::internal);  // passed through
  for (const int status : {401, 403, 204, 301, 302, 307}) {
    EXPECT_EQ(code_of(status), ErrorCode::unavailable) << status;
  }
  http_->answer = Error{ErrorCode::unauthenticated, "TLS"};
  EXPECT_EQ(ask().error().code, ErrorCode::unavailable);
}

TEST_F(DeclarationHookTest, AnUnsignedAnswerIsNoneWhereThereIsAKey) {
  make({"http://ddm.example/", {}, SecretBytes(std::string_view("theirs"))});
  EXPECT_EQ(ask().error().code, ErrorCode::unavailable);
  HttpResponse response;
  response.body = to_bytes(std::string_view("{}"));
  response.headers.add("X-Hmac-Signature",
                       encode_base64(hmac_sha256(as_bytes("theirs"), response.body)));
  http_->answer = response;
  EXPECT_TRUE(ask());
}

TEST_F(DeclarationHookTest, MoreThanSomeAtOnceAreTurnedAway) {
  int depth = 0;
  ErrorCode last = ErrorCode::internal;
  http_->during = [&](const HttpRequest&) -> Result<HttpResponse> {
    ++depth;
    if (const auto answer = ask(); !answer) {
      last = answer.error().code;
    }
    return HttpResponse{};
  };
  EXPECT_TRUE(ask());
  EXPECT_EQ(depth, DeclarationHook::most_at_once);
  EXPECT_EQ(last, ErrorCode::unavailable);
  http_->during = nullptr;
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace bramley
