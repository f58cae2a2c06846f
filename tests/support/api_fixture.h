#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "server/http/api_handler.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_push_service.h"
#include "tests/support/recording_log.h"

namespace bramley {

// All of the administrators' HTTP, over a store in memory, without a socket.
class ApiFixture : public testing::Test {
 protected:
  static constexpr const char* api_key = "a-key-for-tests";

  ApiFixture() {
    credentials_.authority = test_scep_authority();
    credentials_.pushes = {test_push_certificate(test_topic)};
    open_api({});
  }

  struct Options {
    OpenEnrollment open_enrollment = OpenEnrollment::off;
    bool scep = true;
    bool allow_empty_topic = false;
    PushCertificateService::Options push_certificates = {};
  };
  void open_api(const Options& options) {
    commands_ = std::make_unique<CommandService>(store_->commands(), pushes_, clock_, log_);
    profiles_ = std::make_unique<EnrollmentProfileService>(
        store_->certificates(), credentials_,
        EnrollmentProfileOptions{
            "https://mdm.example.com", "Example", options.scep, options.allow_empty_topic, {}},
        clock_, random_);
    push_certificates_ = std::make_unique<PushCertificateService>(
        store_->enrollments(), credentials_, options.push_certificates, clock_, log_);
    const SecretBytes key{std::string_view(api_key)};
    api_ = std::make_unique<ApiHandler>(
        ApiHandler::Dependencies{*store_, credentials_, *commands_, pushes_, *profiles_,
                                 *push_certificates_, key, clock_, random_, log_,
                                 ServerFacts{"9.8.7", "https://mdm.example.com", "Example",
                                             "memory", options.scep, clock_.now()},
                                 options.open_enrollment});
  }

  // A request without a key.
  static HttpRequest bare(const std::string& method, const std::string& target,
                          std::string_view body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = to_bytes(body);
    request.peer.address = "192.0.2.7";
    return request;
  }
  static HttpRequest with_bearer(HttpRequest request) {
    request.headers.set("Authorization", std::string("Bearer ") + api_key);
    return request;
  }
  static HttpRequest with_token(const std::string& token, HttpRequest request) {
    request.headers.set("Authorization", "Bearer " + token);
    return request;
  }
  static HttpRequest with_basic(HttpRequest request) {
    const std::string credentials = std::string("anybody:") + api_key;
    request.headers.set("Authorization", "Basic " + encode_base64(as_bytes(credentials)));
    return request;
  }

  // As an administrator with the right key.
  HttpResponse call(const std::string& method, const std::string& target,
                    std::string_view body = "") {
    return api_->handle(with_bearer(bare(method, target, body)));
  }
  HttpResponse call_json(const std::string& method, const std::string& target,
                         const nlohmann::json& body) {
    return call(method, target, body.dump());
  }
  static nlohmann::json json_of(const HttpResponse& response) {
    return nlohmann::json::parse(response.body.begin(), response.body.end(), nullptr, false);
  }
  static std::string header(const HttpResponse& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or("(none)"));
  }

  // RFC 9457 and our own members; returns the document.
  static nlohmann::json expect_problem(const HttpResponse& response, int status,
                                       const std::string& code) {
    EXPECT_EQ(response.status, status) << to_text(response.body);
    EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
    nlohmann::json problem = json_of(response);
    EXPECT_EQ(problem["type"], "about:blank");
    EXPECT_EQ(problem["title"], reason_phrase(status));
    EXPECT_EQ(problem["status"], status);
    EXPECT_EQ(problem["code"], code);
    EXPECT_EQ(problem["trace_id"], header(response, "X-Trace-Id"));
    EXPECT_FALSE(problem["detail"].get<std::string>().empty());
    return problem;
  }

  std::string enroll(const std::string& udid) { return enroll_device(*store_, udid, clock_.now()); }
  HttpResponse send(const std::vector<std::string>& targets, const std::string& uuid) {
    return call_json("POST", "/api/v1/commands",
                     {{"targets", targets},
                      {"plist", encode_base64(as_bytes(test_command(uuid)))},
                      {"push", false}});
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  FakeCredentials credentials_;
  FakePushService pushes_;
  std::unique_ptr<Store> store_ = make_memory_store();
  std::unique_ptr<CommandService> commands_;
  std::unique_ptr<EnrollmentProfileService> profiles_;
  std::unique_ptr<PushCertificateService> push_certificates_;
  std::unique_ptr<ApiHandler> api_;
};

}  // namespace bramley
