#include "server/http/api_authenticator.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"
#include "server/http/limits.h"
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
  bool accepts(const HttpRequest& request) const { return authenticator_.accepts(request); }

  FakeClock clock_;
  RecordingLog log_;
  SecretBytes key_{std::string_view("the:key")};
  ApiAuthenticator authenticator_{key_, clock_, log_};
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
  const ApiAuthenticator none(SecretBytes(), clock_, log_);
  EXPECT_FALSE(none.accepts(with("Bearer ")));
  EXPECT_FALSE(none.accepts(basic("user:")));
}

TEST_F(Keys, RefusalsAreLoggedWithoutWhatWasBrought) {
  authenticator_.log_refusal(with("Bearer a-guess"), "t1");
  EXPECT_EQ(log_.text(),
            "warn API key missing or wrong peer=192.0.2.7 trace_id=t1 not_logged_before=0\n");
}

TEST_F(Keys, GuessingDoesNotFillTheLog) {
  for (int i = 0; i < 1000; ++i) {
    authenticator_.log_refusal(with("Bearer a-guess"), "t1");
  }
  EXPECT_EQ(log_.lines().size(), static_cast<std::size_t>(limits::authentication_log_lines));
  clock_.advance(std::chrono::minutes(1));
  authenticator_.log_refusal(with("Bearer a-guess"), "t2");
  EXPECT_NE(log_.lines().back().find("trace_id=t2 not_logged_before=990"), std::string::npos);
}

}  // namespace
}  // namespace bramley
