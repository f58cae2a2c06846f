#include "server/http/api_handler.h"

#include "server/http/limits.h"
#include "server/http/openapi_document.h"
#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using nlohmann::json;
using Api = ApiFixture;

TEST_F(Api, WithoutTheKeyItIs401WhateverThePath) {
  for (const char* path : {"/api/v1/server", "/api/v1/nothing", "/api/v1/enrollments/D1",
                           "/api/v1/openapi.yaml", "/api/"}) {
    const HttpResponse response = api_->handle(bare("GET", path));
    expect_problem(response, 401, "unauthenticated");
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  }
  EXPECT_EQ(log_.lines().size(), 5U);
}

TEST_F(Api, BasicIsAsGoodAsBearer) {
  EXPECT_EQ(api_->handle(with_basic(bare("GET", "/api/v1/server"))).status, 200);
}

TEST_F(Api, UnknownPathsAre404) {
  for (const char* path : {"/api/v1/nothing", "/api/v1/enrollments/", "/api/v2/server", "/api/"}) {
    expect_problem(call("GET", path), 404, "not_found");
  }
  for (const char* path : {"/", "/mdm", "/api", "/v1", "/enrolled", "/healthz/", "*", ""}) {
    EXPECT_EQ(call("GET", path).status, 404) << path;
  }
}

TEST_F(Api, OtherMethodsAre405WithTheList) {
  const HttpResponse response = call("PATCH", "/api/v1/commands");
  expect_problem(response, 405, "method_not_allowed");
  EXPECT_EQ(header(response, "Allow"), "POST, GET, HEAD");
}

TEST_F(Api, WhatAQueryMisspellsIsNamed) {
  for (const char* target : {"/api/v1/enrollments?stat=enrolled", "/api/v1/server?stat=1"}) {
    const auto problem = expect_problem(call("GET", target), 400, "malformed");
    EXPECT_EQ(problem["detail"], "unknown query parameter \"stat\"");
  }
  EXPECT_EQ(call("GET", "/api/v1/enrollments?state=enrolled&limit=2").status, 200);
  // Not of what others' programs rely on.
  EXPECT_EQ(call("GET", "/version?x=1").status, 200);
  EXPECT_EQ(call("GET", "/healthz?x=1").status, 200);
}

TEST_F(Api, HeadIsGet) {
  EXPECT_EQ(call("HEAD", "/api/v1/server").status, 200);
}

TEST_F(Api, ABodyIsLargeOnlyWhereItIsWantedAndOnlyWithTheKey) {
  const HttpRequest post = bare("POST", "/api/v1/commands");
  EXPECT_EQ(api_->body_limit(post), limits::unauthenticated_body);
  EXPECT_EQ(api_->body_limit(with_bearer(post)), limits::command_request);
  EXPECT_EQ(api_->body_limit(with_bearer(bare("GET", "/api/v1/commands"))), 0U);
  EXPECT_EQ(api_->body_limit(with_bearer(bare("POST", "/api/v1/x"))), limits::ignored_body);
  EXPECT_EQ(api_->body_limit(bare("POST", "/enroll/x")), limits::ignored_body);
  EXPECT_EQ(api_->body_limit(bare("POST", "/x")), limits::ignored_body);
}

TEST_F(Api, ABodyThatIsTooLargeIsAProblemToo) {
  expect_problem(api_->body_too_large(with_bearer(bare("POST", "/api/v1/commands"))), 413,
                 "too_large");
  expect_problem(api_->body_too_large(with_bearer(bare("GET", "/api/v1/commands"))), 413,
                 "too_large");
  EXPECT_EQ(api_->body_too_large(bare("POST", "/enroll/x")).status, 413);
  EXPECT_EQ(api_->body_too_large(bare("POST", "/x")).status, 413);
}

TEST_F(Api, TheTraceIdOfTheRequestIsKept) {
  HttpRequest request = with_bearer(bare("GET", "/api/v1/nothing"));
  request.headers.set("X-Trace-Id", "feed0123");
  const HttpResponse response = api_->handle(request);
  EXPECT_EQ(expect_problem(response, 404, "not_found")["trace_id"], "feed0123");
}

TEST_F(Api, SaysWhatTheServerIs) {
  EXPECT_EQ(json_of(call("GET", "/api/v1/server")),
            (json{{"version", "9.8.7"},
                  {"url", "https://mdm.example.com"},
                  {"organization", "Example"},
                  {"storage", "memory"},
                  {"scep", true},
                  {"ca_sha256", credentials_.authority->certificate().fingerprint().hex()},
                  {"started_at", "2026-11-24T00:00:00Z"}}));
  credentials_.authority = nullptr;
  EXPECT_TRUE(json_of(call("GET", "/api/v1/server"))["ca_sha256"].is_null());
}

TEST_F(Api, ListsPushCertificatesWithoutAnythingPrivate) {
  credentials_.faulty = {{std::nullopt, CredentialOrigin::environment, "BRAMLEY_PUSH_CERT",
                          "mdm@example.com", "it is no certificate"}};
  const json page = json_of(call("GET", "/api/v1/push-certificates"));
  EXPECT_EQ(page, (json{{"push_certificates",
                         {{{"id", "BRAMLEY_PUSH_CERT"},
                           {"topic", nullptr},
                           {"not_after", nullptr},
                           {"sha256", nullptr},
                           {"source", "environment"},
                           {"location", "BRAMLEY_PUSH_CERT"},
                           {"apple_account", "mdm@example.com"},
                           {"fault", "it is no certificate"}},
                          {{"id", test_topic},
                           {"topic", test_topic},
                           {"not_after", "2027-11-24T00:00:00Z"},
                           {"sha256", credentials_.pushes[0].certificate.fingerprint().hex()},
                           {"source", "directory"},
                           {"location", std::string("push/") + test_topic + ".pem"},
                           {"apple_account", nullptr},
                           {"fault", nullptr}}}},
                        {"next_cursor", nullptr}}));
}

TEST_F(Api, ListsIssuedCertificates) {
  const Certificate certificate = test_certificate({{"CN", "device 1"}});
  IssuedCertificate issued{certificate,  "t1",         sha256(certificate.public_key_der()),
                           clock_.now(), std::nullopt, {"U1", ""}};
  ASSERT_TRUE(store_->certificates().record_issued(issued, std::nullopt, clock_.now()));
  const json page = json_of(call("GET", "/api/v1/certificates"));
  EXPECT_EQ(page["certificates"],
            (json::array({{{"id", certificate.fingerprint().hex()},
                           {"serial", certificate.serial_hex()},
                           {"subject", "CN=device 1"},
                           {"issued_at", "2026-11-24T00:00:00Z"},
                           {"not_after", "2027-11-24T00:00:00Z"},
                           {"device_id", nullptr},
                           {"restricted_to", {{"udid", "U1"}, {"serial_number", nullptr}}},
                           {"revoked_at", nullptr}}})));
  EXPECT_EQ(json_of(call("GET", "/api/v1/certificates?device=D9"))["certificates"], json::array());
}

TEST_F(Api, ServesItsOwnDescription) {
  const HttpResponse response = call("GET", "/api/v1/openapi.yaml");
  EXPECT_EQ(header(response, "Content-Type"), "application/yaml");
  EXPECT_EQ(to_text(response.body), openapi_document());
  EXPECT_EQ(openapi_document().rfind("openapi: 3.1.0\n", 0), 0U);
  EXPECT_TRUE(openapi_document().ends_with("\n"));
}

}  // namespace
}  // namespace bramley
