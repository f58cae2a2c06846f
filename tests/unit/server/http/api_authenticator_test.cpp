#include "server/http/api_authenticator.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"
#include "server/http/limits.h"
#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

class Keys : public testing::Test {
 protected:
  static HttpRequest with(const std::string& authorization) {
    HttpRequest request;
    request.headers.add("Authorization", authorization);
    request.peer.address = "192.0.2.7";
    return request;
  }
  static HttpRequest basic(const std::string& user_and_password) {
    return with("Basic " + encode_base64(as_bytes(user_and_password)));
  }
  bool accepts(const HttpRequest& request) { return authenticator_.caller_of(request).has_value(); }
  // A token that is good for an hour; its secret.
  std::string make_token(const std::string& id) {
    std::string secret = "brm_" + std::string(42, 'x') + id;
    EXPECT_TRUE(store_->tokens().add(sha256(as_bytes(secret)),
                                     {.name = {id, "token " + id},
                                      .role = ApiRole::operator_role,
                                      .request_types = {"DeviceInformation"},
                                      .created_at = clock_.now(),
                                      .expires_at = clock_.now() + std::chrono::hours(1)}));
    return secret;
  }
  static HttpRequest with_body(HttpRequest request, const std::string& size) {
    request.headers.add("Content-Length", size);
    return request;
  }

  FakeClock clock_;
  RecordingLog log_;
  SecretBytes key_{std::string_view("the:key")};
  std::unique_ptr<Store> store_ = make_memory_store();
  ApiAuthenticator authenticator_{key_, store_->tokens(), clock_, log_};
};

TEST_F(Keys, BearerIsTheKey) {
  EXPECT_TRUE(accepts(with("Bearer the:key")));
  EXPECT_TRUE(accepts(with("bearer the:key")));
  EXPECT_TRUE(accepts(with("BEARER  the:key")));
}

TEST_F(Keys, BasicIsAnyUserWithTheKeyAsPassword) {
  EXPECT_TRUE(accepts(basic("nanomdm:the:key")));
  EXPECT_TRUE(accepts(basic(":the:key")));
}

TEST_F(Keys, AnythingElseIsRefused) {
  for (const char* value :
       {"", "Bearer", "Bearer ", "Bearer the:ke", "Bearer the:key ", "Bearer the:keyy",
        "Bearer THE:KEY", "Bearer\tthe:key", "Digest the:key", "the:key", "Basic", "Basic ",
        "Basic the:key", "Basic !!!!", "Bearerthe:key"}) {
    EXPECT_FALSE(accepts(with(value))) << value;
  }
  EXPECT_FALSE(accepts(basic("the:key")));
  EXPECT_FALSE(accepts(basic("user")));
  EXPECT_FALSE(accepts(basic("")));
  EXPECT_FALSE(accepts({}));
}

TEST_F(Keys, TwoHeadersAreOneTooMany) {
  HttpRequest request = with("Bearer the:key");
  request.headers.add("authorization", "Bearer the:key");
  EXPECT_FALSE(accepts(request));
}

TEST_F(Keys, AnEmptyKeyLetsNobodyIn) {
  ApiAuthenticator none(SecretBytes(), store_->tokens(), clock_, log_);
  EXPECT_FALSE(none.caller_of(with("Bearer ")));
  EXPECT_FALSE(none.caller_of(basic("user:")));
}

TEST_F(Keys, RefusalsAreLoggedWithoutWhatWasBrought) {
  authenticator_.log_refusal(with("Bearer a-guess"), "t1");
  EXPECT_EQ(log_.text(),
            "warn API key or token missing or wrong peer=192.0.2.7 trace_id=t1 token_id= "
            "token_name= not_logged_before=0\n");
}

TEST_F(Keys, GuessingDoesNotFillTheLog) {
  for (int i = 0; i < 1000; ++i) {
    authenticator_.log_refusal(with("Bearer a-guess"), "t1");
  }
  EXPECT_EQ(log_.lines().size(), static_cast<std::size_t>(limits::authentication_log_lines));
  clock_.advance(std::chrono::minutes(1));
  authenticator_.log_refusal(with("Bearer a-guess"), "t2");
  EXPECT_NE(log_.lines().back().find("not_logged_before=990"), std::string::npos);
}

TEST_F(Keys, TheKeyIsAnAdminWithoutAToken) {
  const auto caller = authenticator_.caller_of(with("Bearer the:key"));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->role, ApiRole::admin);
  EXPECT_EQ(caller->token, TokenName());
  EXPECT_FALSE(caller->expires_at);
}

TEST_F(Keys, ATokenIsWhoItSaysBothWays) {
  const std::string secret = make_token("1");
  for (const auto& request : {with("Bearer " + secret), basic("anybody:" + secret)}) {
    const auto caller = authenticator_.caller_of(request);
    ASSERT_TRUE(caller) << caller.error().message;
    EXPECT_EQ(caller->role, ApiRole::operator_role);
    EXPECT_EQ(caller->token, (TokenName{"1", "token 1"}));
    EXPECT_EQ(caller->request_types, std::vector<std::string>{"DeviceInformation"});
  }
  EXPECT_EQ((*store_->tokens().show("1"))->last_used_at, clock_.now());
}

TEST_F(Keys, WrongExpiredAndRevokedAreToldTheSame) {
  const std::string revoked = make_token("1");
  const std::string expired = make_token("2");
  ASSERT_TRUE(authenticator_.caller_of(with("Bearer " + revoked)));
  ASSERT_TRUE(store_->tokens().revoke("1", clock_.now()));
  const auto words = [&](const std::string& secret) {
    const auto caller = authenticator_.caller_of(with("Bearer " + secret));
    EXPECT_FALSE(caller) << secret;
    EXPECT_EQ(caller.error().code, ErrorCode::unauthenticated);
    return caller.error().message + caller.error().hint;
  };
  const std::string wrong = words("brm_" + std::string(43, 'y'));
  EXPECT_EQ(words(revoked), wrong);
  EXPECT_EQ(words("nothing"), wrong);
  clock_.advance(std::chrono::hours(1) - std::chrono::seconds(1));
  EXPECT_TRUE(accepts(with("Bearer " + expired)));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(words(expired), wrong);
}

TEST_F(Keys, TheLogKnowsWhichTokenIsOver) {
  const std::string secret = make_token("1");
  clock_.advance(std::chrono::hours(1));
  authenticator_.log_refusal(with("Bearer " + secret), "t1");
  ASSERT_TRUE(store_->tokens().revoke("1", clock_.now()));
  authenticator_.log_refusal(with("Bearer " + secret), "t1");
  ASSERT_EQ(log_.lines().size(), 2U);
  EXPECT_TRUE(log_.lines()[0].starts_with("warn API token has expired peer=192.0.2.7"));
  EXPECT_TRUE(log_.lines()[1].starts_with("warn API token is revoked peer=192.0.2.7"));
  EXPECT_NE(log_.lines()[0].find("token_id=1 token_name=token 1"), std::string::npos);
  EXPECT_EQ(log_.text().find(secret), std::string::npos);
}

TEST_F(Keys, AStrangersBodyIsSmall) {
  constexpr std::uint64_t route = 1U << 20U;
  const auto limit = [&](const HttpRequest& head) {
    return authenticator_.body_limit(head, route);
  };
  const std::string secret = make_token("1");
  const std::string wrong = "brm_" + std::string(43, 'y');
  EXPECT_EQ(limit(with_body(with("Bearer the:key"), "1000000")), route);
  EXPECT_EQ(limit(with_body({}, "1000000")), limits::unauthenticated_body);
  EXPECT_EQ(limit(with_body(with("Bearer " + wrong), "1000000")), limits::unauthenticated_body);
  EXPECT_EQ(limit(with_body(with("Bearer " + secret), "1000000")), route);
  EXPECT_EQ(limit(with("Bearer " + secret)), route);
  // Not worth a question to the database, until it has let somebody in.
  EXPECT_EQ(limit(with_body(with("Bearer " + secret), "10")), limits::unauthenticated_body);
  ASSERT_TRUE(accepts(with("Bearer " + secret)));
  EXPECT_EQ(limit(with_body(with("Bearer " + secret), "10")), route);
  ASSERT_TRUE(store_->tokens().revoke("1", clock_.now()));
  clock_.advance(limits::remembered_token_life);
  EXPECT_EQ(limit(with_body(with("Bearer " + secret), "1000000")), limits::unauthenticated_body);
}

}  // namespace
}  // namespace bramley
