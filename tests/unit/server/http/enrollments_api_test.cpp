#include "server/http/enrollments_api.h"

#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

class EnrollmentsApiTest : public ApiFixture {
 protected:
  std::vector<std::string> ids(const std::string& query) {
    const HttpResponse response = call("GET", "/api/v1/enrollments" + query);
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    std::vector<std::string> found;
    const nlohmann::json page = json_of(response);
    for (const auto& item : page["enrollments"]) {
      found.push_back(item["id"]);
    }
    return found;
  }
};
using Ids = std::vector<std::string>;

TEST_F(EnrollmentsApiTest, ShowsAnEnrollment) {
  enroll("D1");
  const HttpResponse response = call("GET", "/api/v1/enrollments/D1");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
  nlohmann::json enrollment = json_of(response);
  EXPECT_EQ(enrollment["certificate_sha256"].get<std::string>().size(), 64U);
  enrollment.erase("certificate_sha256");
  enrollment.erase("last_seen_at");
  const auto fact = [](const char* value) {
    return nlohmann::json{{"value", nlohmann::json::parse(value)},
                          {"as_of", "2026-11-24T00:00:00Z"}};
  };
  const nlohmann::json facts = {
      {"serial_number", fact(R"("SERIAL-D1")")}, {"udid", fact(R"("D1")")},
      {"device_name", fact(R"("Mac of D1")")},   {"platform", fact(R"("macOS")")},
      {"model", fact(R"("Mac15,3")")},           {"enrolled_at", fact(R"("2026-11-24T00:00:00Z")")},
      {"user_enrollment", fact("false")},        {"is_awaiting_configuration", fact("false")}};
  EXPECT_EQ(enrollment["facts"], facts);
  enrollment.erase("facts");
  EXPECT_EQ(enrollment, nlohmann::json::parse(R"({
    "id": "D1", "type": "device", "device_id": "D1", "state": "enrolled", "push_state": "ok",
    "dismissal": "none",
    "topic": "com.apple.mgmt.External.test", "serial_number": "SERIAL-D1",
    "device_name": "Mac of D1", "model": "Mac15,3", "model_name": null, "product_name": null,
    "os_version": null, "build_version": null, "user_short_name": null, "user_long_name": null,
    "awaiting_configuration": false, "token_update_tally": 1,
    "authenticated_at": "2026-11-24T00:00:00Z", "enrolled_at": "2026-11-24T00:00:00Z",
    "checked_out_at": null, "platform": "macOS"})"));
}

TEST_F(EnrollmentsApiTest, WhatADeviceAnswersGoesBeforeWhatItSaidAtFirst) {
  enroll("D1");
  ASSERT_EQ(send({"D1"}, "C1").status, 201);
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(store_->commands().settle_and_next(
      test_report("D1", "C1", "Acknowledged",
                  "<key>QueryResponses</key><dict><key>OSVersion</key><string>15.2</string>"
                  "<key>DeviceName</key><string>Renamed</string><key>IsSupervised</key><true/>"
                  "<key>AvailableDeviceCapacity</key><real>20.5</real></dict>"),
      clock_.now()));
  const nlohmann::json shown = json_of(call("GET", "/api/v1/enrollments/D1"));
  EXPECT_EQ(shown["os_version"], "15.2");
  EXPECT_EQ(shown["device_name"], "Renamed");
  EXPECT_EQ(shown["facts"]["supervised"],
            nlohmann::json::parse(R"({"value":true,"as_of":"2026-11-24T01:00:00Z"})"));
  EXPECT_EQ(shown["facts"]["available_gb"]["value"], 20.5);
  EXPECT_EQ(json_of(call("GET", "/api/v1/enrollments"))["enrollments"][0], shown);
}

TEST_F(EnrollmentsApiTest, ListsWhatASelectionMatches) {
  for (const auto* const udid : {"D1", "D2", "D3", "D4"}) {
    enroll(udid);
  }
  const auto select = [](const std::string& text) { return "?select=" + encode_percent(text); };
  EXPECT_EQ(ids(select(R"(serial_number in ["SERIAL-D1", "SERIAL-D3"])")), (Ids{"D1", "D3"}));
  EXPECT_EQ(ids("?platform=macOS"), (Ids{"D1", "D2", "D3", "D4"}));
  EXPECT_EQ(ids("?platform=iOS"), Ids{});
  EXPECT_EQ(ids("?serial_number=SERIAL-D2"), Ids{"D2"});
  EXPECT_EQ(ids("?serial_number=SERIAL-D2&platform=macOS"), Ids{"D2"});
  const std::string query = select(R"(serial_number != "SERIAL-D2")") + "&limit=2";
  const nlohmann::json first = json_of(call("GET", "/api/v1/enrollments" + query));
  EXPECT_EQ(first["enrollments"].size(), 2U);
  EXPECT_EQ(ids(query + "&cursor=" + first["next_cursor"].get<std::string>()), Ids{"D4"});
  const nlohmann::json wrong = expect_problem(
      call("GET", "/api/v1/enrollments" + select("plattform == \"iOS\"")), 400, "malformed");
  EXPECT_EQ(wrong["detail"],
            "\"select\": read the selection: column 1: no fact has the name 'plattform'");
  EXPECT_EQ(wrong["hint"], "did you mean platform?");
  expect_problem(call("GET", "/api/v1/enrollments?platform=macos"), 400, "malformed");
}

TEST_F(EnrollmentsApiTest, APageOfASelectionLooksAtABoundedNumber) {
  for (int i = 0; i < 1200; ++i) {
    enroll("D" + std::to_string(10000 + i));
  }
  const DeviceSelector selector(store_->inventory(), clock_);
  const auto wanted = [](const InventoryItem& item) { return item.id.value() >= "D11100"; };
  const auto first = selector.page({}, wanted, {.limit = 10}, 1000);
  EXPECT_TRUE(first->items.empty());
  EXPECT_EQ(first->next, "D10999");
  const auto second = selector.page({}, wanted, {.limit = 10, .after = first->next}, 1000);
  EXPECT_EQ(second->items.size(), 10U);
  EXPECT_EQ(second->next, "D11109");
  const auto last = selector.page({}, wanted, {.limit = 500, .after = second->next}, 1000);
  EXPECT_EQ(last->items.size(), 90U);
  EXPECT_EQ(last->next, "");
}

TEST_F(EnrollmentsApiTest, DevicesAreDismissedAndTakenBack) {
  enroll("D1");
  const auto dismissal = [&](const std::string& action) {
    const HttpResponse response = call("POST", "/api/v1/enrollments/D1/" + action);
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    const nlohmann::json shown = json_of(call("GET", "/api/v1/enrollments/D1"));
    EXPECT_EQ(json_of(response), shown);
    return shown["dismissal"].get<std::string>();
  };
  EXPECT_EQ(dismissal("unenroll"), "unenroll");
  EXPECT_EQ(dismissal("block"), "block");
  EXPECT_EQ(call("POST", "/api/v1/enrollments/D1/unenroll").status, 409);
  EXPECT_EQ(dismissal("unblock"), "none");
  EXPECT_EQ(call("POST", "/api/v1/enrollments/nobody/block").status, 404);
}

TEST_F(EnrollmentsApiTest, NeverShowsWhatLetsOnePush) {
  enroll("D1");
  const std::string text = to_text(call("GET", "/api/v1/enrollments/D1").body);
  for (const char* secret : {"magic", "q80", "abcd", "push_token"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
}

TEST_F(EnrollmentsApiTest, AnIdIsPercentEncoded) {
  enroll("a/b:c");
  EXPECT_EQ(json_of(call("GET", "/api/v1/enrollments/a%2Fb%3Ac"))["id"], "a/b:c");
  EXPECT_EQ(call("GET", "/api/v1/enrollments/a%2Fb%3Ac/queue").status, 200);
}

TEST_F(EnrollmentsApiTest, ListsPageByPage) {
  for (const char* udid : {"D1", "D2", "D3", "D4", "D5"}) {
    enroll(udid);
  }
  Ids found;
  std::string query = "?limit=2";
  int pages = 0;
  for (; pages < 10; ++pages) {
    const auto page = json_of(call("GET", "/api/v1/enrollments" + query));
    for (const auto& item : page["enrollments"]) {
      found.push_back(item["id"]);
    }
    if (page["next_cursor"].is_null()) {
      break;
    }
    query = "?limit=2&cursor=" + page["next_cursor"].get<std::string>();
  }
  EXPECT_EQ(found, (Ids{"D1", "D2", "D3", "D4", "D5"}));
  EXPECT_EQ(pages, 2);
}

TEST_F(EnrollmentsApiTest, Filters) {
  enroll("D1");
  enroll("D2");
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D2"), clock_.now()));
  EXPECT_EQ(ids("?state=enrolled"), Ids{"D1"});
  EXPECT_EQ(ids("?state=checked_out"), Ids{"D2"});
  EXPECT_EQ(ids("?state=pending"), Ids{});
  EXPECT_EQ(ids("?type=device"), (Ids{"D1", "D2"}));
  EXPECT_EQ(ids("?type=user"), Ids{});
  EXPECT_EQ(ids("?serial=SERIAL-D2"), Ids{"D2"});
  EXPECT_EQ(ids("?device=D1"), Ids{"D1"});
}

TEST_F(EnrollmentsApiTest, RefusesWhatItCannotRead) {
  for (const char* query : {"?state=gone", "?type=Device", "?limit=0", "?limit=501", "?cursor=x"}) {
    expect_problem(call("GET", std::string("/api/v1/enrollments") + query), 400, "malformed");
  }
}

TEST_F(EnrollmentsApiTest, UnknownIdsAre404) {
  for (const char* path : {"/api/v1/enrollments/D9", "/api/v1/enrollments/D9/queue"}) {
    expect_problem(call("GET", path), 404, "not_found");
  }
  expect_problem(call("DELETE", "/api/v1/enrollments/D9/queue"), 404, "not_found");
}

TEST_F(EnrollmentsApiTest, ShowsAndClearsAQueue) {
  enroll("D1");
  send({"D1"}, "C1");
  send({"D1"}, "C2");
  const auto queue = json_of(call("GET", "/api/v1/enrollments/D1/queue"));
  ASSERT_EQ(queue["commands"].size(), 2U);
  EXPECT_EQ(queue["commands"][0], nlohmann::json::parse(R"({
    "id": "D1", "enrollment_id": "D1", "command_uuid": "C1", "request_type": "DeviceInformation",
    "state": "pending", "status": null, "queued_at": "2026-11-24T00:00:00Z",
    "reported_at": null, "unanswered": 0})"));
  const HttpResponse cleared = call("DELETE", "/api/v1/enrollments/D1/queue");
  EXPECT_EQ(cleared.status, 204);
  EXPECT_TRUE(cleared.body.empty());
  EXPECT_EQ(json_of(call("GET", "/api/v1/enrollments/D1/queue"))["commands"].size(), 0U);
  EXPECT_EQ(json_of(call("GET", "/api/v1/commands/C1"))["cancelled"], 1);
}

TEST_F(EnrollmentsApiTest, ForgetsWhatIsNotEnrolledAnyMore) {
  enroll("D1");
  const auto problem = expect_problem(call("DELETE", "/api/v1/enrollments/D1"), 409, "conflict");
  EXPECT_NE(problem["hint"].get<std::string>().find("bramley device unenroll D1"),
            std::string::npos);
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D1"), clock_.now()));
  const HttpResponse removed = call("DELETE", "/api/v1/enrollments/D1");
  EXPECT_EQ(removed.status, 204);
  EXPECT_TRUE(removed.body.empty());
  expect_problem(call("GET", "/api/v1/enrollments/D1"), 404, "not_found");
  expect_problem(call("DELETE", "/api/v1/enrollments/D1"), 404, "not_found");
  EXPECT_EQ(api_->handle(bare("DELETE", "/api/v1/enrollments/D1")).status, 401);
}

}  // namespace
}  // namespace bramley
