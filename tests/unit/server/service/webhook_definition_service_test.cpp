#include "server/service/webhook_definition_service.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* flag_url = "https://flag.example.com/hook";

class WebhookDefinitionServiceTest : public testing::Test {
 protected:
  static WebhookTermsGiven terms(const std::string& name, const std::string& url) {
    WebhookTermsGiven given;
    given.name = name;
    given.url = url;
    return given;
  }
  static std::optional<SecretBytes> key(std::string_view text) {
    return SecretBytes(to_bytes(text));
  }
  static std::string check_of(const WebhookDefinition& webhook) {
    return hmac_key_check(webhook.hmac_key.get(), webhook.id);
  }
  WebhookDefinition added(const WebhookTermsGiven& given) {
    auto webhook = service_.add(given, caller_);
    EXPECT_TRUE(webhook) << webhook.error().message;
    return webhook ? *webhook : WebhookDefinition();
  }
  ErrorCode refusal(const WebhookTermsGiven& given) {
    const auto webhook = service_.add(given, caller_);
    EXPECT_FALSE(webhook);
    return webhook ? ErrorCode::internal : webhook.error().code;
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  WebhookDefinitionService service_{store_->events(), {flag_url}, clock_, random_, log_};
  const ApiCaller caller_{.token = {"t1", "fleet"}};
};

TEST_F(WebhookDefinitionServiceTest, NeedsANameAndAUrlThatIsOne) {
  EXPECT_EQ(refusal(terms("", "https://siem.example.com/")), ErrorCode::malformed);
  EXPECT_EQ(refusal(terms("siem", "")), ErrorCode::malformed);
  EXPECT_EQ(refusal(terms("siem", "ftp://siem.example.com/")), ErrorCode::malformed);
  EXPECT_TRUE(store_->events().webhook_definitions()->empty());
}

TEST_F(WebhookDefinitionServiceTest, TwoAreNeverConfused) {
  added(terms("siem", "https://siem.example.com/"));
  EXPECT_EQ(refusal(terms("siem", "https://other.example.com/")), ErrorCode::conflict);
  EXPECT_EQ(refusal(terms("other", "https://siem.example.com/")), ErrorCode::conflict);
  EXPECT_EQ(refusal(terms("other", flag_url)), ErrorCode::conflict);
}

TEST_F(WebhookDefinitionServiceTest, WhatIsNotSaidStays) {
  auto given = terms("siem", "https://siem.example.com/");
  given.redact = true;
  given.hmac_key = key("first");
  const auto made = added(given);
  WebhookTermsGiven change;
  change.idle = false;
  const auto changed = service_.change(made.id, change, caller_);
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->url, made.url);
  EXPECT_TRUE(changed->redact);
  EXPECT_FALSE(changed->idle);
  EXPECT_EQ(check_of(*changed), check_of(made));
}

TEST_F(WebhookDefinitionServiceTest, AKeyIsToldFromAnotherAndTakenAwayByAnEmptyOne) {
  auto given = terms("siem", "https://siem.example.com/");
  given.hmac_key = key("first");
  const auto made = added(given);
  EXPECT_EQ(check_of(made).size(), 8U);
  WebhookTermsGiven change;
  change.hmac_key = key("second");
  const auto second = service_.change(made.id, change, caller_);
  ASSERT_TRUE(second);
  EXPECT_NE(check_of(*second), check_of(made));
  change.hmac_key = key("");
  const auto none = service_.change(made.id, change, caller_);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->hmac_key, nullptr);
  EXPECT_EQ(check_of(*none), "");
}

TEST_F(WebhookDefinitionServiceTest, AFlagsIsNotTheApis) {
  ASSERT_TRUE(store_->events().use_webhook("00000000000f", flag_url, clock_.now()));
  EXPECT_EQ(service_.change("00000000000f", {}, caller_).error().code, ErrorCode::conflict);
  EXPECT_EQ(service_.remove("00000000000f", caller_).error().code, ErrorCode::conflict);
  EXPECT_EQ(service_.remove("0123456789ab", caller_).error().code, ErrorCode::not_found);
}

TEST_F(WebhookDefinitionServiceTest, TheLogSaysWhoButNoSecret) {
  auto given = terms("siem", "https://siem.example.com/secret-path");
  given.hmac_key = key("the-hmac-key");
  const auto made = added(given);
  ASSERT_TRUE(service_.remove(made.id, caller_));
  EXPECT_THAT(log_.text(), HasSubstr("webhook added webhook=" + made.id));
  EXPECT_THAT(log_.text(), HasSubstr("webhook removed"));
  EXPECT_THAT(log_.text(), HasSubstr("by=the token 'fleet'"));
  EXPECT_THAT(log_.text(), Not(HasSubstr("secret-path")));
  EXPECT_THAT(log_.text(), Not(HasSubstr("the-hmac-key")));
}

TEST_F(WebhookDefinitionServiceTest, ThereIsALimit) {
  for (std::size_t i = 0; i < WebhookDefinitionService::most; ++i) {
    const auto number = std::to_string(i);
    added(terms("w" + number, "https://example.com/" + number));
  }
  EXPECT_EQ(refusal(terms("more", "https://example.com/more")), ErrorCode::conflict);
}

}  // namespace
}  // namespace bramley
