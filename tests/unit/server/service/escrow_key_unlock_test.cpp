#include "server/service/escrow_key_unlock.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

class FakeApple : public HttpClient {
 public:
  FakeApple(HttpClientOptions options, std::vector<HttpRequest>& asked,
            std::vector<HttpClientOptions>& made, Result<HttpResponse> answer)
      : asked_(asked), answer_(std::move(answer)) {
    made.push_back(std::move(options));
  }
  Result<HttpResponse> send(const HttpRequest& request) override {
    asked_.push_back(request);
    return answer_;
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>&) override {
    return send(request);
  }

 private:
  std::vector<HttpRequest>& asked_;
  Result<HttpResponse> answer_;
};

class EscrowKeyUnlockTest : public testing::Test {
 protected:
  Result<HttpResponse> unlock(const std::string& form, const std::string& target = "/v1/x") {
    const EscrowKeyUnlock service(
        {"https://apple.example/unlock", "roots", "proxy"},
        {[this](const std::string& topic) -> Result<EscrowKeyUnlock::Identity> {
           topics_.push_back(topic);
           if (topic != "T") {
             return Error{ErrorCode::not_found, "no push certificate for " + topic};
           }
           return EscrowKeyUnlock::Identity{
               "certificate", std::make_shared<const SecretBytes>(std::string_view("key"))};
         },
         [this](HttpClientOptions options) {
           return std::make_unique<FakeApple>(std::move(options), asked_, made_, answer_);
         }});
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.body = to_bytes(form);
    return service.unlock(request);
  }
  static constexpr const char* good =
      "topic=T&serial=S+1&productType=iPad6%2C3&escrowKey=a%26key&orgName=Acme&guid=G";
  std::vector<std::string> topics_;
  std::vector<HttpRequest> asked_;
  std::vector<HttpClientOptions> made_;
  Result<HttpResponse> answer_ = HttpResponse{};
};

TEST_F(EscrowKeyUnlockTest, AsksAppleWithThePushCertificate) {
  ASSERT_TRUE(unlock(std::string(good) + "&imei=1&meid=2"));
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].method, "POST");
  EXPECT_EQ(asked_[0].target,
            "https://apple.example/unlock?serial=S%201&productType=iPad6%2C3&imei=1&meid=2");
  EXPECT_EQ(to_text(asked_[0].body), "orgName=Acme&guid=G&escrowKey=a%26key");
  EXPECT_EQ(asked_[0].headers.find("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(made_[0].certificate_pem, "certificate");
  EXPECT_EQ(made_[0].key_pem->reveal_text(), "key");
  EXPECT_EQ(made_[0].ca_pem, "roots");
  EXPECT_EQ(made_[0].proxy, "proxy");
  EXPECT_FALSE(made_[0].follow_redirects);
}

TEST_F(EscrowKeyUnlockTest, WhatAppleAnswersIsTheAnswer) {
  HttpResponse refused;
  refused.status = 418;
  refused.headers = {
      {"Content-Type", "application/json"}, {"X-Apple", "yes"}, {"Transfer-Encoding", "chunked"}};
  refused.body = to_bytes(std::string_view("{}"));
  answer_ = refused;
  const auto answer = unlock(good);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->headers.find("X-Apple"), "yes");
  EXPECT_FALSE(answer->headers.find("Transfer-Encoding"));
  EXPECT_EQ(to_text(answer->body), "{}");
}

TEST_F(EscrowKeyUnlockTest, ParametersMayStandInTheQuery) {
  ASSERT_TRUE(unlock("escrowKey=k", "/v1/x?topic=T&serial=S&productType=P&orgName=O&guid=G"));
  EXPECT_EQ(to_text(asked_[0].body), "orgName=O&guid=G&escrowKey=k");
}

TEST_F(EscrowKeyUnlockTest, EachThatIsMissingIsNamed) {
  for (const std::string name :
       {"topic", "serial", "productType", "escrowKey", "orgName", "guid"}) {
    std::string form = good;
    form.replace(form.find(name + "="), name.size(), "other");
    const auto answer = unlock(form);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::malformed);
    EXPECT_NE(answer.error().message.find(name), std::string::npos);
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(EscrowKeyUnlockTest, NoErrorHoldsTheKey) {
  answer_ = Error{ErrorCode::unavailable, "no connection"};
  const auto broken = unlock(good);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::unavailable);
  EXPECT_EQ(broken.error().message.find("key"), std::string::npos);
  std::string other = good;
  other.replace(other.find("topic=T"), 7, "topic=U");
  const auto unknown = unlock(other);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace bramley
