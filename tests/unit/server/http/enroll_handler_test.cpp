#include "server/http/enroll_handler.h"

#include "core/mdm/enrollment_profile.h"
#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

class Enroll : public ApiFixture {
 protected:
  std::string new_token(std::int64_t max_uses = 1) {
    EnrollmentTokenTerms terms;
    terms.ttl = std::chrono::hours(24);
    terms.max_uses = max_uses;
    return std::string(profiles_->make_token(terms)->secret.reveal_text());
  }
  HttpResponse get(const std::string& target) { return api_->handle(bare("GET", target)); }

  static void expect_profile(const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    EXPECT_EQ(header(response, "Content-Type"), "application/x-apple-aspen-config");
    EXPECT_EQ(header(response, "Content-Disposition"),
              "attachment; filename=\"enroll.mobileconfig\"");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  }
  static void expect_refusal(const HttpResponse& response, int status) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(header(response, "Content-Type"), "text/plain; charset=utf-8");
    for (const char* inside : {"token", "store", "topic", "challenge", "certificate"}) {
      EXPECT_EQ(to_text(response.body).find(inside), std::string::npos) << to_text(response.body);
    }
  }
};

TEST_F(Enroll, ATokenIsGoodForAProfileWithAChallengeThatWorks) {
  const HttpResponse response = get("/enroll/" + new_token());
  expect_profile(response);
  const auto content = read_enrollment_profile(response.body);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->topic, test_topic);
  const Fingerprint challenge = sha256(as_bytes(content->scep_challenge));
  EXPECT_TRUE(store_->certificates().check_challenge(challenge, clock_.now()));
}

TEST_F(Enroll, ATokenIsGoodOnce) {
  const std::string token = new_token();
  expect_profile(get("/enroll/" + token));
  expect_refusal(get("/enroll/" + token), 404);
}

TEST_F(Enroll, ATokenExpires) {
  const std::string token = new_token();
  clock_.advance(std::chrono::hours(25));
  expect_refusal(get("/enroll/" + token), 404);
}

TEST_F(Enroll, HeadSpendsNothingAndTellsNothing) {
  const std::string token = new_token();
  const HttpResponse good = api_->handle(bare("HEAD", "/enroll/" + token));
  const HttpResponse unknown = api_->handle(bare("HEAD", "/enroll/unknown"));
  expect_profile(good);
  expect_profile(unknown);
  EXPECT_TRUE(good.body.empty());
  expect_profile(get("/enroll/" + token));
}

TEST_F(Enroll, WhatIsNoTokenIsNotFound) {
  for (const char* path : {"/enroll/unknown", "/enroll/a%2Fb", "/enroll/a/b", "/enroll/",
                           "/enroll/%00", "/enroll/%zz"}) {
    expect_refusal(get(path), 404);
  }
  expect_refusal(get("/enroll/" + std::string(129, 'a')), 404);
}

TEST_F(Enroll, AnErrorOfOursSpendsNothing) {
  const std::string token = new_token();
  auto pushes = std::move(credentials_.pushes);
  credentials_.pushes.clear();
  expect_refusal(get("/enroll/" + token), 503);
  EXPECT_NE(log_.text().find("hint=import one"), std::string::npos);
  credentials_.pushes = std::move(pushes);
  expect_profile(get("/enroll/" + token));
}

TEST_F(Enroll, TheSecretIsInNoLog) {
  const std::string token = new_token();
  get("/enroll/" + token);
  get("/enroll/" + token);
  EXPECT_NE(log_.text(), "");
  EXPECT_EQ(log_.text().find(token), std::string::npos);
}

TEST_F(Enroll, OpenEnrollmentIsOffUnlessAskedFor) {
  expect_refusal(get("/enroll"), 403);
  open_api({.open_enrollment = OpenEnrollment::on});
  expect_profile(get("/enroll"));
}

TEST_F(Enroll, AmongSeveralTopicsOneIsChosen) {
  credentials_.pushes.push_back(test_push_certificate("com.apple.mgmt.External.other"));
  const std::string token = new_token();
  expect_refusal(get("/enroll/" + token), 503);
  const HttpResponse chosen = get("/enroll/" + token + "?topic=com.apple.mgmt.External.other");
  expect_profile(chosen);
  EXPECT_EQ(read_enrollment_profile(chosen.body)->topic, "com.apple.mgmt.External.other");
}

TEST_F(Enroll, OtherMethodsAreNotAllowed) {
  const HttpResponse response = api_->handle(bare("POST", "/enroll/" + new_token()));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace bramley
