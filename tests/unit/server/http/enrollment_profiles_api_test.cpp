#include "server/http/enrollment_profiles_api.h"

#include "core/mdm/enrollment_profile.h"
#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using nlohmann::json;

class EnrollmentProfilesApiTest : public ApiFixture {
 protected:
  // The terms of a challenge that a device could use now.
  Result<ChallengeTerms> terms_of(std::string_view challenge) {
    return store_->certificates().check_challenge(sha256(as_bytes(challenge)), clock_.now());
  }
};

TEST_F(EnrollmentProfilesApiTest, MakesAToken) {
  const HttpResponse response =
      call_json("POST", "/api/v1/enrollment-tokens",
                {{"ttl", "2h"}, {"max_uses", 3}, {"note", "for Ann"}, {"udid", "U1"}});
  ASSERT_EQ(response.status, 201);
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  json made = json_of(response);
  const std::string secret = made["token"];
  EXPECT_GE(secret.size(), 32U);
  EXPECT_EQ(made["url"], "https://mdm.example.com/enroll/" + secret);
  EXPECT_FALSE(made["id"].get<std::string>().empty());
  EXPECT_EQ(secret.find(made["id"].get<std::string>()), std::string::npos);
  for (const char* member : {"token", "url", "id"}) {
    made.erase(member);
  }
  EXPECT_EQ(made, json::parse(R"({
    "note": "for Ann", "created_at": "2026-11-24T00:00:00Z", "expires_at": "2026-11-24T02:00:00Z",
    "max_uses": 3, "uses": 0, "restricted_to": {"udid": "U1", "serial_number": null}})"));
}

TEST_F(EnrollmentProfilesApiTest, ATokenHasDefaults) {
  const json made = json_of(call("POST", "/api/v1/enrollment-tokens"));
  EXPECT_EQ(made["expires_at"], "2026-11-25T00:00:00Z");
  EXPECT_EQ(made["max_uses"], 1);
  EXPECT_TRUE(made["note"].is_null());
  EXPECT_TRUE(made["restricted_to"].is_null());
}

TEST_F(EnrollmentProfilesApiTest, ListsTokensWithoutTheirSecretsAndDeletesThem) {
  const json made = json_of(call("POST", "/api/v1/enrollment-tokens"));
  const HttpResponse response = call("GET", "/api/v1/enrollment-tokens");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body).find(made["token"].get<std::string>()), std::string::npos);
  const json tokens = json_of(response)["enrollment_tokens"];
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0]["id"], made["id"]);
  const std::string path = "/api/v1/enrollment-tokens/" + made["id"].get<std::string>();
  EXPECT_EQ(call("DELETE", path).status, 204);
  expect_problem(call("DELETE", path), 404, "not_found");
  EXPECT_EQ(api_->handle(bare("GET", "/enroll/" + made["token"].get<std::string>())).status, 404);
}

TEST_F(EnrollmentProfilesApiTest, TheTokensDeviceIsTheChallenges) {
  const json made =
      json_of(call("POST", "/api/v1/enrollment-tokens", R"({"udid":"U1","serial_number":"S1"})"));
  const HttpResponse profile =
      api_->handle(bare("GET", "/enroll/" + made["token"].get<std::string>()));
  ASSERT_EQ(profile.status, 200);
  const auto terms = terms_of(read_enrollment_profile(profile.body)->scep_challenge);
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->device.udid, "U1");
  EXPECT_EQ(terms->device.serial_number, "S1");
}

TEST_F(EnrollmentProfilesApiTest, MakesAChallenge) {
  const HttpResponse response =
      call("POST", "/api/v1/scep-challenges", R"({"ttl":"10m","serial_number":"S1"})");
  ASSERT_EQ(response.status, 201);
  const json made = json_of(response);
  EXPECT_EQ(made["expires_at"], "2026-11-24T00:10:00Z");
  const auto terms = terms_of(made["challenge"].get<std::string>());
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->device.serial_number, "S1");
  clock_.advance(std::chrono::minutes(11));
  EXPECT_FALSE(terms_of(made["challenge"].get<std::string>()));
}

TEST_F(EnrollmentProfilesApiTest, MakesAProfile) {
  const HttpResponse response = call("POST", "/api/v1/enrollment-profiles",
                                     R"({"ttl":"2h","udid":"U1","organization":"Other & Co"})");
  ASSERT_EQ(response.status, 201) << to_text(response.body);
  EXPECT_EQ(header(response, "Content-Type"), "application/x-apple-aspen-config");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  EXPECT_NE(to_text(response.body).find("Other &amp; Co"), std::string::npos);
  const auto content = read_enrollment_profile(response.body);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->server_url, "https://mdm.example.com/mdm");
  EXPECT_EQ(content->topic, test_topic);
  const auto terms = terms_of(content->scep_challenge);
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->device.udid, "U1");
  EXPECT_EQ(terms->expires_at, clock_.now() + std::chrono::hours(2));
}

TEST_F(EnrollmentProfilesApiTest, WithoutATopicThereIsNoProfileButAHint) {
  credentials_.pushes.clear();
  const json problem = expect_problem(call("POST", "/api/v1/enrollment-profiles"), 409, "conflict");
  EXPECT_NE(problem["hint"].get<std::string>().find("push-cert import"), std::string::npos);
}

TEST_F(EnrollmentProfilesApiTest, AmongSeveralTopicsOneIsChosen) {
  credentials_.pushes.push_back(test_push_certificate("com.apple.mgmt.External.other"));
  expect_problem(call("POST", "/api/v1/enrollment-profiles"), 409, "conflict");
  const HttpResponse chosen =
      call_json("POST", "/api/v1/enrollment-profiles", {{"topic", test_topic}});
  EXPECT_EQ(read_enrollment_profile(chosen.body)->topic, test_topic);
  expect_problem(call("POST", "/api/v1/enrollment-profiles", R"({"topic":"none"})"), 404,
                 "not_found");
}

TEST_F(EnrollmentProfilesApiTest, RefusesWhatItCannotRead) {
  for (const char* path :
       {"/api/v1/enrollment-tokens", "/api/v1/scep-challenges", "/api/v1/enrollment-profiles"}) {
    for (const char* body : {"[]", "{\"ttl\":\"0s\"}", "{\"ttl\":\"2y\"}", "{\"tll\":\"1h\"}",
                             "{\"udid\":1}", "{\"serial_number\":\"a\\nb\"}"}) {
      expect_problem(call("POST", path, body), 400, "malformed");
    }
  }
  for (const char* body : {"{\"max_uses\":-1}", "{\"max_uses\":1000001}", "{\"max_uses\":\"1\"}"}) {
    expect_problem(call("POST", "/api/v1/enrollment-tokens", body), 400, "malformed");
  }
}

TEST_F(EnrollmentProfilesApiTest, NoSecretIsInTheLog) {
  const json token = json_of(call("POST", "/api/v1/enrollment-tokens"));
  const json challenge = json_of(call("POST", "/api/v1/scep-challenges"));
  EXPECT_EQ(log_.text().find(token["token"].get<std::string>()), std::string::npos);
  EXPECT_EQ(log_.text().find(challenge["challenge"].get<std::string>()), std::string::npos);
}

}  // namespace
}  // namespace bramley
