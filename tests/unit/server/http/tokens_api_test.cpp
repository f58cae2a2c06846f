#include "server/http/tokens_api.h"

#include "server/service/api_token_service.h"
#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using nlohmann::json;

class TokensApiTest : public ApiFixture {
 protected:
  json make(const json& body) {
    const HttpResponse response = call_json("POST", "/api/v1/tokens", body);
    EXPECT_EQ(response.status, 201) << to_text(response.body);
    return json_of(response);
  }
  std::string token(const std::string& role, const std::vector<std::string>& types = {}) {
    json body = {{"name", "a " + role}, {"role", role}};
    if (!types.empty()) {
      body["request_types"] = types;
    }
    return make(body)["token"];
  }
  HttpResponse as(const std::string& token, const std::string& method, const std::string& target,
                  std::string_view body = "") {
    return api_->handle(with_token(token, bare(method, target, body)));
  }
  HttpResponse send_as(const std::string& token, const std::string& uuid, const std::string& type) {
    const json body = {{"targets", {"D1"}},
                       {"plist", encode_base64(as_bytes(test_command(uuid, type)))},
                       {"push", false}};
    return as(token, "POST", "/api/v1/commands", body.dump());
  }
};

TEST_F(TokensApiTest, IsShownOnceAndListedWithoutItsSecret) {
  const json made =
      make({{"name", "ci"}, {"role", "operator"}, {"ttl", "30d"}, {"request_types", {"B", "A"}}});
  EXPECT_EQ(made["name"], "ci");
  EXPECT_EQ(made["role"], "operator");
  EXPECT_EQ(made["request_types"], (json{"A", "B"}));
  EXPECT_EQ(made["created_by"], nullptr);
  EXPECT_EQ(made["expires_at"], format_rfc3339(clock_.now() + std::chrono::days(30)));
  EXPECT_TRUE(looks_like_api_token(made["token"].get<std::string>()));
  json listed = json_of(call("GET", "/api/v1/tokens"))["tokens"];
  ASSERT_EQ(listed.size(), 1U);
  json without = made;
  without.erase("token");
  EXPECT_EQ(listed[0], without);
  EXPECT_EQ(json_of(call("GET", "/api/v1/tokens/" + made["id"].get<std::string>())), without);
  EXPECT_EQ(call("GET", "/api/v1/tokens/nobody").status, 404);
}

TEST_F(TokensApiTest, WrongTermsAreRefused) {
  for (const json& body :
       {json{{"name", "n"}}, json{{"role", "reader"}}, json{{"name", ""}, {"role", "reader"}},
        json{{"name", "n"}, {"role", "root"}},
        json{{"name", "n"}, {"role", "reader"}, {"request_types", {"A"}}},
        json{{"name", "n"}, {"role", "operator"}, {"request_types", json::array()}},
        json{{"name", "n"}, {"role", "operator"}, {"request_types", {"A B"}}},
        json{{"name", "n"}, {"role", "reader"}, {"ttl", "0s"}},
        json{{"name", "n"}, {"role", "reader"}, {"ttl", "9999d"}},
        json{{"name", "n"}, {"role", "reader"}, {"types", {"A"}}}}) {
    expect_problem(call_json("POST", "/api/v1/tokens", body), 400, "malformed");
  }
  EXPECT_TRUE(json_of(call("GET", "/api/v1/tokens"))["tokens"].empty());
}

TEST_F(TokensApiTest, EachRoleMayWhatItMay) {
  const std::string reader = token("reader");
  const std::string operates = token("operator");
  const std::string admin = token("admin");
  EXPECT_EQ(as(reader, "GET", "/api/v1/enrollments").status, 200);
  const json problem = expect_problem(as(reader, "POST", "/api/v1/push"), 403, "forbidden");
  EXPECT_EQ(problem["detail"], "POST /api/v1/push needs the role operator");
  EXPECT_EQ(problem["hint"],
            "the token 'a reader' has the role reader: use one that has more, or the API key");
  expect_problem(as(operates, "POST", "/api/v1/push"), 400, "malformed");  // let in
  for (const std::string& less : {reader, operates}) {
    expect_problem(as(less, "GET", "/api/v1/tokens"), 403, "forbidden");
    expect_problem(as(less, "GET", "/api/v1/webhooks"), 403, "forbidden");
    expect_problem(as(less, "POST", "/api/v1/enrollments/D1/block"), 403, "forbidden");
  }
  EXPECT_EQ(as(admin, "GET", "/api/v1/tokens").status, 200);
  EXPECT_EQ(as(reader, "GET", "/api/v1/nothing").status, 404);
}

TEST_F(TokensApiTest, AnAdminsTokenMakesNoneThatOutlivesIt) {
  const std::string admin = make({{"name", "short"}, {"role", "admin"}, {"ttl", "1h"}})["token"];
  const json wanted = {{"name", "n"}, {"role", "admin"}, {"ttl", "2h"}};
  expect_problem(as(admin, "POST", "/api/v1/tokens", wanted.dump()), 403, "forbidden");
  const HttpResponse capped =
      as(admin, "POST", "/api/v1/tokens", R"({"name": "n", "role": "admin"})");
  EXPECT_EQ(json_of(capped)["expires_at"], format_rfc3339(clock_.now() + std::chrono::hours(1)));
  EXPECT_EQ(json_of(capped)["created_by"]["name"], "short");
}

TEST_F(TokensApiTest, APipelineThatCannotErase) {
  enroll("D1");
  const std::string pipeline = token("operator", {"DeviceInformation", "SecurityInfo"});
  const HttpResponse sent = send_as(pipeline, "C1", "DeviceInformation");
  EXPECT_EQ(sent.status, 201) << to_text(sent.body);
  EXPECT_EQ(json_of(sent)["command"]["created_by"]["name"], "a operator");
  const json problem = expect_problem(send_as(pipeline, "C2", "EraseDevice"), 403, "forbidden");
  EXPECT_NE(problem["detail"].get<std::string>().find("EraseDevice"), std::string::npos);
  EXPECT_EQ(problem["hint"], "it is limited to DeviceInformation, SecurityInfo");
  EXPECT_EQ(call("GET", "/api/v1/commands/C2").status, 404);
  EXPECT_EQ(json_of(call("GET", "/api/v1/commands/C1"))["created_by"]["name"], "a operator");
  EXPECT_NE(log_.text().find("token_name=a operator"), std::string::npos);
}

TEST_F(TokensApiTest, NanoMdmsWayIsNoWayAround) {
  enroll("D1");
  const std::string pipeline = token("operator", {"DeviceInformation"});
  const auto enqueue = [&](const std::string& uuid, const std::string& type) {
    HttpRequest request = bare("PUT", "/v1/enqueue/D1?nopush=1", test_command(uuid, type));
    request.headers.set("Authorization", "Basic " + encode_base64(as_bytes("nanomdm:" + pipeline)));
    return api_->handle(request);
  };
  EXPECT_EQ(enqueue("C1", "DeviceInformation").status, 200);
  const HttpResponse refused = enqueue("C2", "EraseDevice");
  const json problem = expect_problem(refused, 403, "forbidden");
  EXPECT_EQ(problem["error"],
            "the token 'a operator' may not queue or cancel commands of type EraseDevice: it is "
            "limited to DeviceInformation");
  EXPECT_EQ(call("GET", "/api/v1/commands/C2").status, 404);
  expect_problem(as(token("reader"), "PUT", "/v1/enqueue/D1", "x"), 403, "forbidden");
  expect_problem(as(token("reader"), "GET", "/v1/push/D1"), 403, "forbidden");
  expect_problem(as(pipeline, "PUT", "/v1/pushcert", "x"), 403, "forbidden");
}

TEST_F(TokensApiTest, CancelsOnlyWhatItMaySend) {
  enroll("D1");
  const std::string pipeline = token("operator", {"DeviceInformation"});
  ASSERT_EQ(send_as(token("operator"), "C1", "EraseDevice").status, 201);
  ASSERT_EQ(send_as(pipeline, "C2", "DeviceInformation").status, 201);
  const json problem =
      expect_problem(as(pipeline, "DELETE", "/api/v1/commands/C1"), 403, "forbidden");
  EXPECT_NE(problem["detail"].get<std::string>().find("EraseDevice"), std::string::npos);
  expect_problem(as(pipeline, "DELETE", "/api/v1/commands/none"), 404, "not_found");
  expect_problem(as(pipeline, "DELETE", "/api/v1/enrollments/D1/queue"), 403, "forbidden");
  EXPECT_EQ(json_of(call("GET", "/api/v1/enrollments/D1/queue"))["commands"].size(), 2U);
  EXPECT_EQ(json_of(as(pipeline, "DELETE", "/api/v1/commands/C2"))["cancelled"], 1);
  EXPECT_EQ(as(token("operator"), "DELETE", "/api/v1/enrollments/D1/queue").status, 204);
}

TEST_F(TokensApiTest, SecretsInAnswersAreAnAdmins) {
  enroll("D1");
  const std::string admin = token("admin");
  ASSERT_EQ(send_as(admin, "C1", "ActivationLockBypassCode").status, 201);
  ASSERT_TRUE(store_->commands().settle_and_next(
      test_report("D1", "C1", "Acknowledged",
                  "<key>ActivationLockBypassCode</key><string>s3cret</string>"
                  "<key>Other</key><string>known</string>"),
      clock_.now()));
  const std::string results = "/api/v1/commands/C1/results";
  for (const std::string& path : {results, results + "/D1", results + "/D1/report"}) {
    for (const std::string role : {"reader", "operator"}) {
      const HttpResponse response = as(token(role), "GET", path);
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(to_text(response.body).find("s3cret"), std::string::npos) << path;
      EXPECT_NE(to_text(response.body).find("known"), std::string::npos) << path;
    }
    EXPECT_NE(to_text(as(admin, "GET", path).body).find("s3cret"), std::string::npos) << path;
  }
  const json cleaned = json_of(as(token("reader"), "GET", results + "/D1"));
  const auto plist = decode_base64(cleaned["report_plist"].get<std::string>());
  ASSERT_TRUE(plist);
  EXPECT_EQ(to_text(*plist).find("s3cret"), std::string::npos);
}

TEST_F(TokensApiTest, ARevokedOrExpiredOneLetsNobodyIn) {
  const json made = make({{"name", "n"}, {"role", "reader"}, {"ttl", "1h"}});
  const std::string secret = made["token"];
  const std::string other = make({{"name", "m"}, {"role", "reader"}, {"ttl", "1h"}})["token"];
  EXPECT_EQ(as(secret, "GET", "/api/v1/server").status, 200);
  const std::string path = "/api/v1/tokens/" + made["id"].get<std::string>();
  const json used = json_of(call("GET", path));
  EXPECT_EQ(used["last_used_at"], format_rfc3339(clock_.now()));
  const HttpResponse revoked = call("DELETE", path);
  EXPECT_EQ(revoked.status, 200);
  EXPECT_EQ(json_of(revoked)["revoked_at"], format_rfc3339(clock_.now()));
  EXPECT_EQ(call("DELETE", path).status, 200);
  EXPECT_EQ(call("DELETE", "/api/v1/tokens/nobody").status, 404);
  const HttpResponse refused = as(secret, "GET", "/api/v1/server");
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Bearer");
  const json problem = expect_problem(refused, 401, "unauthenticated");
  EXPECT_EQ(as(other, "GET", "/api/v1/server").status, 200);
  clock_.advance(std::chrono::hours(1));
  const json expired = expect_problem(as(other, "GET", "/api/v1/server"), 401, "unauthenticated");
  const json wrong = expect_problem(as("guess", "GET", "/api/v1/server"), 401, "unauthenticated");
  EXPECT_EQ(problem["detail"], wrong["detail"]);
  EXPECT_EQ(expired["detail"], wrong["detail"]);
}

}  // namespace
}  // namespace bramley
