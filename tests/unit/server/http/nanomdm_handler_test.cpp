#include "server/http/nanomdm_handler.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "server/http/limits.h"
#include "tests/support/api_fixture.h"
#include "tests/support/push_pairs.h"

namespace bramley {
namespace {

class NanoMdm : public ApiFixture {
 protected:
  HttpResponse nano(const std::string& method, const std::string& target,
                    std::string_view body = "") {
    return api_->handle(with_basic(bare(method, target, body)));
  }
  std::size_t waiting(const std::string& id) {
    return store_->commands().queue(id, {}).value().items.size();
  }
};

TEST_F(NanoMdm, EnqueueAnswersByteForByte) {
  enroll("D1");
  enroll("D2");
  const HttpResponse response = nano("PUT", "/v1/enqueue/D2,D1", test_command("C1"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
  EXPECT_EQ(to_text(response.body),
            "{\n"
            "\t\"status\": {\n"
            "\t\t\"D1\": {\n"
            "\t\t\t\"push_result\": \"apns-D1\"\n"
            "\t\t},\n"
            "\t\t\"D2\": {\n"
            "\t\t\t\"push_result\": \"apns-D2\"\n"
            "\t\t}\n"
            "\t},\n"
            "\t\"command_uuid\": \"C1\",\n"
            "\t\"request_type\": \"DeviceInformation\"\n"
            "}\n");
  EXPECT_EQ(pushes_.pushed, (std::vector<std::string>{"D2", "D1"}));
  EXPECT_EQ(waiting("D1"), 1U);
}

TEST_F(NanoMdm, WithoutAPushThereIsNoStatus) {
  enroll("D1");
  for (const char* query : {"?nopush=1", "?nopush=0", "?nopush=false"}) {
    const HttpResponse response =
        nano("PUT", std::string("/v1/enqueue/D1") + query, test_command(query));
    EXPECT_EQ(to_text(response.body),
              "{\n"
              "\t\"no_push\": true,\n"
              "\t\"command_uuid\": \"" +
                  std::string(query) +
                  "\",\n"
                  "\t\"request_type\": \"DeviceInformation\"\n"
                  "}\n");
    EXPECT_EQ(response.status, 200);
  }
  EXPECT_TRUE(pushes_.pushed.empty());
}

TEST_F(NanoMdm, AnEmptyNopushPushes) {
  enroll("D1");
  nano("PUT", "/v1/enqueue/D1?nopush=", test_command("C1"));
  EXPECT_EQ(pushes_.pushed.size(), 1U);
}

TEST_F(NanoMdm, SomeRefusedIs207AndTheOthersAreQueued) {
  enroll("D1");
  const HttpResponse response = nano("PUT", "/v1/enqueue/D1,D9", test_command("C1"));
  EXPECT_EQ(response.status, 207);
  const auto status = json_of(response)["status"];
  EXPECT_EQ(status["D1"]["push_result"], "apns-D1");
  EXPECT_TRUE(status["D9"].contains("command_error"));
  EXPECT_EQ(waiting("D1"), 1U);
  EXPECT_EQ(pushes_.pushed, (std::vector<std::string>{"D1"}));
}

TEST_F(NanoMdm, SomeRefusedWithoutAPushIs207Too) {
  enroll("D1");
  const HttpResponse response = nano("PUT", "/v1/enqueue/D1,D9,D9?nopush=1", test_command("C1"));
  EXPECT_EQ(response.status, 207);
  EXPECT_EQ(json_of(response)["status"].size(), 1U);
  EXPECT_EQ(waiting("D1"), 1U);
}

TEST_F(NanoMdm, AllRefusedIs500) {
  const HttpResponse response = nano("PUT", "/v1/enqueue/D9", test_command("C1"));
  EXPECT_EQ(response.status, 500);
  EXPECT_TRUE(json_of(response)["status"]["D9"].contains("command_error"));
  EXPECT_TRUE(pushes_.pushed.empty());
}

TEST_F(NanoMdm, AFailedPushLeavesTheCommandQueued) {
  enroll("D1");
  enroll("D2");
  pushes_.errors.emplace("D1", Error{ErrorCode::unavailable, "no way"});
  const HttpResponse some = nano("PUT", "/v1/enqueue/D1,D2", test_command("C1"));
  EXPECT_EQ(some.status, 207);
  EXPECT_EQ(json_of(some)["status"]["D1"]["push_error"], "no way");
  EXPECT_EQ(json_of(some)["command_uuid"], "C1");
  EXPECT_EQ(nano("PUT", "/v1/enqueue/D1", test_command("C2")).status, 500);
  EXPECT_EQ(waiting("D1"), 2U);
}

TEST_F(NanoMdm, EnqueueTakesPutPostAndGetAndNoHead) {
  enroll("D1");
  for (const char* method : {"PUT", "POST", "GET"}) {
    EXPECT_EQ(nano(method, "/v1/enqueue/D1", test_command(method)).status, 200) << method;
  }
  for (const char* method : {"DELETE", "HEAD"}) {
    EXPECT_EQ(nano(method, "/v1/enqueue/D1", test_command(method)).status, 405) << method;
  }
  EXPECT_EQ(waiting("D1"), 3U);
}

TEST_F(NanoMdm, AnEmptyBodyOnlyPushes) {
  const HttpResponse response = nano("PUT", "/v1/enqueue/D1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json_of(response),
            (nlohmann::json{{"status", {{"D1", {{"push_result", "apns-D1"}}}}}}));
  const HttpResponse nothing = nano("PUT", "/v1/enqueue/D1?nopush=1");
  EXPECT_EQ(nothing.status, 500);
  EXPECT_EQ(json_of(nothing)["command_error"], "must enqueue or push");
}

TEST_F(NanoMdm, ABadCommandIsOneErrorForAll) {
  enroll("D1");
  const HttpResponse bad = nano("PUT", "/v1/enqueue/D1", "<plist>");
  EXPECT_EQ(bad.status, 500);
  EXPECT_TRUE(json_of(bad).contains("command_error"));
  EXPECT_FALSE(json_of(bad).contains("status"));
  nano("PUT", "/v1/enqueue/D1", test_command("C1"));
  const HttpResponse again = nano("PUT", "/v1/enqueue/D1", test_command("C1"));
  EXPECT_EQ(again.status, 500);
  EXPECT_TRUE(json_of(again).contains("command_error"));
  EXPECT_EQ(waiting("D1"), 1U);
}

TEST_F(NanoMdm, IdsAreSplitAfterDecoding) {
  const HttpResponse response = nano("GET", "/v1/push/D1%2CD2:U%201,a/b");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(pushes_.pushed, (std::vector<std::string>{"D1", "D2:U 1", "a/b"}));
}

TEST_F(NanoMdm, AnyMethodPushesButHead) {
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    EXPECT_EQ(nano(method, "/v1/push/D1").status, 200) << method;
  }
  EXPECT_EQ(nano("HEAD", "/v1/push/D1").status, 405);
  EXPECT_EQ(pushes_.pushed.size(), 4U);
}

TEST_F(NanoMdm, NoIdsIsAnErrorInTheResult) {
  const HttpResponse push = nano("GET", "/v1/push/");
  EXPECT_EQ(push.status, 500);
  EXPECT_EQ(to_text(push.body), "{\n\t\"push_error\": \"getting enrollment ids: empty path\"\n}\n");
  const HttpResponse enqueue = nano("PUT", "/v1/enqueue/?nopush=1", test_command("C1"));
  EXPECT_EQ(enqueue.status, 500);
  EXPECT_EQ(to_text(enqueue.body),
            "{\n\t\"command_error\": \"getting enrollment ids: empty path\"\n}\n");
}

TEST_F(NanoMdm, WhenNoPushWentOutItIs500) {
  pushes_.errors["D1"] = Error{ErrorCode::unavailable, "no push certificate"};
  const HttpResponse response = nano("GET", "/v1/push/D1");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(to_text(response.body),
            "{\n\t\"status\": {\n\t\t\"D1\": {\n"
            "\t\t\t\"push_error\": \"no push certificate\"\n\t\t}\n\t}\n}\n");
}

// An error would make their programs send the same command again.
TEST_F(NanoMdm, WhoeverWasNotAnsweredInTimeIsListedWithoutAnError) {
  enroll("D1");
  pushes_.late.insert("D1");
  const HttpResponse response = nano("PUT", "/v1/enqueue/D1", test_command("C1"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body),
            "{\n\t\"status\": {\n\t\t\"D1\": {}\n\t},\n"
            "\t\"command_uuid\": \"C1\",\n\t\"request_type\": \"DeviceInformation\"\n}\n");
}

TEST_F(NanoMdm, TextIsEscapedAsTheirEncoderDoes) {
  NanoMdmResult result;
  result.status["a<b>&\"\xE2\x80\xA8"].push_error = "x\ny";
  EXPECT_EQ(to_text(result.body()),
            "{\n\t\"status\": {\n\t\t\"a\\u003cb\\u003e\\u0026\\\"\\u2028\": {\n"
            "\t\t\t\"push_error\": \"x\\ny\"\n\t\t}\n\t}\n}\n");
}

TEST_F(NanoMdm, WithoutTheKeyItIs401) {
  enroll("D1");
  HttpRequest request = bare("PUT", "/v1/enqueue/D1", test_command("C1"));
  for (const char* value : {"", "Basic bmFub21kbTp3cm9uZw=="}) {
    request.headers.set("Authorization", value);
    const HttpResponse response = api_->handle(request);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Basic realm=\"bramley\"");
    EXPECT_EQ(to_text(response.body), "Unauthorized\n");
  }
  EXPECT_EQ(waiting("D1"), 0U);
}

TEST_F(NanoMdm, TheBodyMayBeLargeOnlyWithTheKey) {
  const HttpRequest head = bare("PUT", "/v1/enqueue/D1");
  EXPECT_EQ(api_->body_limit(head), limits::unauthenticated_body);
  EXPECT_EQ(api_->body_limit(with_basic(head)), limits::command_plist);
}

TEST_F(NanoMdm, VersionNeedsNoKeyAndHasNoNewline) {
  const HttpResponse response = api_->handle(bare("GET", "/version"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body), "{\"version\":\"9.8.7\"}");
}

TEST_F(NanoMdm, PushCertAnswersFromTheCredentials) {
  const HttpResponse found = nano("GET", std::string("/v1/pushcert?topic=") + test_topic);
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(to_text(found.body),
            std::string("{\n\t\"not_after\": \"2027-11-24T00:00:00Z\",\n\t\"topic\": \"") +
                test_topic + "\"\n}\n");
  const HttpResponse missing = nano("GET", "/v1/pushcert");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(to_text(missing.body),
            "{\n\t\"error\": \"missing required query parameter: topic\"\n}\n");
  EXPECT_EQ(nano("GET", "/v1/pushcert?topic=other").status, 500);
  const HttpResponse other = nano("POST", "/v1/pushcert");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(header(other, "Allow"), "GET, HEAD, PUT");
}

TEST_F(NanoMdm, PushCertTakesAPairAsTheirsDoes) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "bramley-pushcert.XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  const PushIdentity pair =
      make_push_pair(test_topic, clock_.now(), clock_.now() + std::chrono::days(365));
  credentials_.pushes = {{pair.topic, pair.certificate}};
  open_api({.push_certificates = {directory, TopicChange::refuse}});
  const HttpResponse stored =
      nano("PUT", "/v1/pushcert", pem_of(*pair.key) + pair.certificate.pem());
  EXPECT_EQ(stored.status, 200) << to_text(stored.body);
  EXPECT_EQ(json_of(stored),
            (nlohmann::json{{"topic", test_topic}, {"not_after", "2027-11-24T00:00:00Z"}}));
  EXPECT_TRUE(std::filesystem::exists(directory / "push" / (pair.topic + ".key")));
  std::filesystem::remove_all(directory);
}

TEST_F(NanoMdm, PushCertSaysWhyItRefuses) {
  const HttpResponse bad = nano("PUT", "/v1/pushcert", "pem");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(json_of(bad)["error"].get<std::string>(), testing::HasSubstr("no PEM"));
  const PushIdentity pair =
      make_push_pair(test_topic, clock_.now(), clock_.now() + std::chrono::days(365));
  const HttpResponse nowhere =
      nano("PUT", "/v1/pushcert", pair.certificate.pem() + pem_of(*pair.key));
  EXPECT_EQ(nowhere.status, 409);
  const std::string why = json_of(nowhere)["error"];
  EXPECT_THAT(why, testing::HasSubstr("no credentials directory"));
  EXPECT_THAT(why, testing::HasSubstr("--credentials-dir"));
  EXPECT_EQ(json_of(nowhere).size(), 1U);
}

TEST_F(NanoMdm, UnknownPathsAre404) {
  for (const char* path : {"/v1/", "/v1/dep_names", "/v1/enqueue", "/v1/push/%zz"}) {
    EXPECT_EQ(nano("GET", path).status, 404) << path;
  }
}

}  // namespace
}  // namespace bramley
