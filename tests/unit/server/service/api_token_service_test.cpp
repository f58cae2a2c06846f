#include "server/service/api_token_service.h"

#include <gtest/gtest.h>

#include "core/crypto/digest.h"
#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using std::chrono::hours;

class ApiTokens : public testing::Test {
 protected:
  // The code of a refusal, "ok" without one.
  std::string check(const ApiTokenTerms& terms, const ApiCaller& maker = {}) const {
    const Status allowed = check_api_token_terms(terms, maker, clock_.now());
    return allowed ? "ok" : std::string(error_code_name(allowed.error().code));
  }
  static ApiTokenTerms terms(ApiRole role, std::vector<std::string> types = {}) {
    return {.name = "pipeline", .role = role, .request_types = std::move(types)};
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  ApiTokenService service_{store_->tokens(), clock_, random_, log_};
};

TEST_F(ApiTokens, TheStoreHasItsHashOnly) {
  const auto made = service_.make(terms(ApiRole::operator_role, {"B", "A", "B"}), {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(looks_like_api_token(made->secret.reveal_text()));
  EXPECT_EQ(made->secret.size(), 47U);
  const auto found = store_->tokens().find(sha256(made->secret.reveal()));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->name.name, "pipeline");
  EXPECT_EQ((*found)->request_types, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ((*found)->expires_at, clock_.now() + hours(24 * 90));
  EXPECT_EQ(log_.text().find(made->secret.reveal_text()), std::string::npos);
  EXPECT_NE(log_.text().find("info API token made token_id=" + made->token.name.id +
                             " token_name=pipeline role=operator request_types=A,B"),
            std::string::npos)
      << log_.text();
}

TEST_F(ApiTokens, RevocationLeavesALine) {
  const auto made = service_.make(terms(ApiRole::reader), {});
  ASSERT_TRUE(made);
  const ApiCaller by{.token = {"77", "boss"}};
  const auto revoked = service_.revoke(made->token.name.id, by);
  ASSERT_TRUE(revoked);
  EXPECT_EQ(revoked->revoked_at, clock_.now());
  EXPECT_NE(log_.text().find("API token revoked token_id=" + made->token.name.id +
                             " token_name=pipeline by=the token 'boss' by_token_id=77"),
            std::string::npos)
      << log_.text();
  EXPECT_EQ(service_.revoke("nobody", by).error().code, ErrorCode::not_found);
}

TEST_F(ApiTokens, TypesLimitOperatorsAlone) {
  EXPECT_EQ(check(terms(ApiRole::operator_role, {"DeviceInformation"})), "ok");
  EXPECT_EQ(check(terms(ApiRole::reader, {"DeviceInformation"})), "malformed");
  EXPECT_EQ(check(terms(ApiRole::admin, {"DeviceInformation"})), "malformed");
  for (const std::string& wrong : {std::string(), std::string("A B"), std::string("A,B"),
                                   std::string("A\n"), std::string(64, 'A')}) {
    EXPECT_EQ(check(terms(ApiRole::operator_role, {wrong})), "malformed") << wrong;
  }
  EXPECT_EQ(check(terms(ApiRole::operator_role, std::vector<std::string>(101, "A"))), "malformed");
  EXPECT_EQ(check({.name = "", .role = ApiRole::reader}), "malformed");
}

TEST_F(ApiTokens, NoneGrantsMoreThanItsMakerHas) {
  const ApiCaller reader{.token = {"1", "r"}, .role = ApiRole::reader};
  const ApiCaller anything{.token = {"2", "o"}, .role = ApiRole::operator_role};
  const ApiCaller limited{.token = {"3", "l"},
                          .role = ApiRole::operator_role,
                          .request_types = {"DeviceInformation", "SecurityInfo"}};
  const ApiCaller admin{.token = {"4", "a"}, .role = ApiRole::admin};
  EXPECT_EQ(check(terms(ApiRole::reader), reader), "ok");
  EXPECT_EQ(check(terms(ApiRole::operator_role), reader), "forbidden");
  EXPECT_EQ(check(terms(ApiRole::operator_role), anything), "ok");
  EXPECT_EQ(check(terms(ApiRole::admin), anything), "forbidden");
  EXPECT_EQ(check(terms(ApiRole::admin), admin), "ok");
  EXPECT_EQ(check(terms(ApiRole::reader), limited), "ok");
  EXPECT_EQ(check(terms(ApiRole::operator_role, {"SecurityInfo"}), limited), "ok");
  EXPECT_EQ(check(terms(ApiRole::operator_role, {"SecurityInfo", "EraseDevice"}), limited),
            "forbidden");
  EXPECT_EQ(check(terms(ApiRole::operator_role), limited), "forbidden");
}

TEST_F(ApiTokens, NoneOutlivesItsMaker) {
  const ApiCaller maker{.token = {"1", "short"}, .expires_at = clock_.now() + hours(2)};
  ApiTokenTerms wanted = terms(ApiRole::reader);
  wanted.ttl = hours(2);
  EXPECT_EQ(check(wanted, maker), "ok");
  wanted.ttl = hours(3);
  EXPECT_EQ(check(wanted, maker), "forbidden");
  wanted.ttl.reset();
  const auto made = service_.make(wanted, maker);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->token.expires_at, *maker.expires_at);
  EXPECT_EQ(made->token.created_by, maker.token);
}

TEST_F(ApiTokens, ACallerIsToldWhatItMay) {
  const ApiCaller limited{.token = {"3", "pipeline"},
                          .role = ApiRole::operator_role,
                          .request_types = {"DeviceInformation", "SecurityInfo"}};
  EXPECT_TRUE(limited.may_command("SecurityInfo"));
  const auto refused = limited.may_command("EraseDevice");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the token 'pipeline' may not queue or cancel commands of type EraseDevice");
  EXPECT_EQ(refused.error().hint, "it is limited to DeviceInformation, SecurityInfo");
  EXPECT_FALSE(limited.may_command("securityinfo"));
  EXPECT_FALSE(ApiCaller{.role = ApiRole::reader}.may_command("SecurityInfo"));
}

TEST_F(ApiTokens, OnlyWhatLooksLikeOneIsLookedUp) {
  EXPECT_TRUE(looks_like_api_token("brm_" + std::string(43, 'a')));
  EXPECT_FALSE(looks_like_api_token("brm_" + std::string(42, 'a')));
  EXPECT_FALSE(looks_like_api_token("brm_" + std::string(44, 'a')));
  EXPECT_FALSE(looks_like_api_token("brx_" + std::string(43, 'a')));
  EXPECT_FALSE(looks_like_api_token("brm_" + std::string(42, 'a') + "="));
}

}  // namespace
}  // namespace bramley
