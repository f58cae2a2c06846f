#include "server/http/commands_api.h"

#include <algorithm>

#include "server/http/limits.h"
#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using nlohmann::json;

class CommandsApiTest : public ApiFixture {
 protected:
  HttpResponse post(const json& body) { return call_json("POST", "/api/v1/commands", body); }
  static std::string plist64(const std::string& uuid,
                             const std::string& type = "DeviceInformation") {
    return encode_base64(as_bytes(test_command(uuid, type)));
  }
  std::vector<std::string> uuids(const std::string& query) {
    const HttpResponse response = call("GET", "/api/v1/commands" + query);
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    std::vector<std::string> found;
    const nlohmann::json page = json_of(response);
    for (const auto& item : page["commands"]) {
      found.push_back(item["id"]);
    }
    return found;
  }
  void report(const std::string& udid, const std::string& uuid, const std::string& status,
              const std::string& more = "") {
    EXPECT_TRUE(
        store_->commands().settle_and_next(test_report(udid, uuid, status, more), clock_.now()));
  }
};
using Ids = std::vector<std::string>;

TEST_F(CommandsApiTest, QueuesAndPushes) {
  enroll("D1");
  enroll("D2");
  pushes_.errors.emplace("D2", Error{ErrorCode::unavailable, "no way"});
  const HttpResponse response = post({{"targets", {"D1", "D2"}}, {"plist", plist64("C1")}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(
      to_text(response.body),
      R"({"command":{"id":"C1","request_type":"DeviceInformation",)"
      R"("origin":"api","created_at":"2026-11-24T00:00:00Z","created_by":null,"priority":0,"expires_at":null,"targets":2,)"
      R"("pending":2,"not_now":0,"stuck":0,"acknowledged":0,)"
      R"("failed":0,"cleared":0,"expired":0,"cancelled":0},"queued":2,"refused":[],)"
      R"("push":{"sent":1,"errors":[{"id":"D2","message":"no way"}]}})"
      "\n");
}

TEST_F(CommandsApiTest, QueuesWithoutAPush) {
  enroll("D1");
  const HttpResponse response =
      post({{"targets", {"D1"}}, {"plist", plist64("C1")}, {"push", false}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(json_of(response)["push"], json::parse(R"({"sent":0,"errors":[]})"));
  EXPECT_TRUE(pushes_.pushed.empty());
}

TEST_F(CommandsApiTest, ATargetNamedTwiceCountsOnce) {
  enroll("D1");
  const HttpResponse response = post({{"targets", {"D1", "D1"}}, {"plist", plist64("C1")}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(json_of(response)["queued"], 1);
  EXPECT_EQ(pushes_.pushed, Ids{"D1"});
}

TEST_F(CommandsApiTest, SomeRefusedIs200) {
  enroll("D1");
  const HttpResponse response = post({{"targets", {"D9", "D1"}}, {"plist", plist64("C1")}});
  EXPECT_EQ(response.status, 200);
  const json answer = json_of(response);
  EXPECT_EQ(answer["queued"], 1);
  EXPECT_EQ(answer["refused"][0]["id"], "D9");
  EXPECT_EQ(answer["refused"][0]["code"], "not_found");
  EXPECT_EQ(pushes_.pushed, Ids{"D1"});
}

TEST_F(CommandsApiTest, NoneFoundIs404AndNothingIsStored) {
  const json problem =
      expect_problem(post({{"targets", {"D8", "D9"}}, {"plist", plist64("C1")}}), 404, "not_found");
  EXPECT_EQ(problem["refused"].size(), 2U);
  EXPECT_EQ(call("GET", "/api/v1/commands/C1").status, 404);
}

TEST_F(CommandsApiTest, AllRefusedForAnotherReasonIs409) {
  enroll("D1");
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D1"), clock_.now()));
  const json problem =
      expect_problem(post({{"targets", {"D1", "D9"}}, {"plist", plist64("C1")}}), 409, "conflict");
  EXPECT_EQ(problem["refused"].size(), 2U);
}

TEST_F(CommandsApiTest, AUuidIsGoodOnce) {
  enroll("D1");
  EXPECT_EQ(send({"D1"}, "C1").status, 201);
  expect_problem(send({"D1"}, "C1"), 409, "conflict");
}

TEST_F(CommandsApiTest, RefusesWhatItCannotRead) {
  enroll("D1");
  const std::string good = plist64("C1");
  for (const json& body :
       {json::object(), json{{"targets", {"D1"}}}, json{{"plist", good}},
        json{{"targets", json::array()}, {"plist", good}}, json{{"targets", "D1"}, {"plist", good}},
        json{{"targets", {1}}, {"plist", good}}, json{{"targets", {"D1"}}, {"plist", "%%%"}},
        json{{"targets", {"D1"}}, {"plist", ""}}, json{{"targets", {"D1"}}, {"plist", "PHBsaXN0"}},
        json{{"targets", {"D1"}}, {"plist", good}, {"push", "no"}},
        json{{"targets", {"D1"}}, {"plist", good}, {"nopush", true}}}) {
    expect_problem(post(body), 400, "malformed");
  }
  expect_problem(call("POST", "/api/v1/commands", "{"), 400, "malformed");
  expect_problem(call("POST", "/api/v1/commands"), 400, "malformed");
  EXPECT_EQ(uuids(""), Ids{});
}

TEST_F(CommandsApiTest, TakesAHundredThousandTargets) {
  json targets = json::array();
  for (int i = 0; i < 100'000; ++i) {
    targets.push_back("00000000-0000-0000-0000-" + std::to_string(100'000'000'000 + i));
  }
  enroll(targets[99'999]);
  const std::string body = json{{"targets", targets}, {"plist", plist64("C1")}}.dump();
  const HttpRequest head = with_bearer(bare("POST", "/api/v1/commands"));
  ASSERT_LT(body.size(), api_->body_limit(head));
  const HttpResponse response = call("POST", "/api/v1/commands", body);
  EXPECT_EQ(response.status, 200);
  const json answer = json_of(response);
  EXPECT_EQ(answer["refused"].size(), 99'999U);
  EXPECT_EQ(answer["queued"], 1);
}

TEST_F(CommandsApiTest, ListsNewestFirstAndFilters) {
  enroll("D1");
  enroll("D2");
  post({{"targets", {"D1"}}, {"plist", plist64("C1")}});
  clock_.advance(std::chrono::seconds(10));
  post({{"targets", {"D1", "D2"}}, {"plist", plist64("C2", "ProfileList")}});
  EXPECT_EQ(uuids(""), (Ids{"C2", "C1"}));
  EXPECT_EQ(uuids("?device=D2"), Ids{"C2"});
  EXPECT_EQ(uuids("?type=DeviceInformation"), Ids{"C1"});
  EXPECT_EQ(uuids("?since=2026-11-24T00:00:05Z"), Ids{"C2"});
  EXPECT_EQ(uuids("?since=2026-11-24T01:00:10%2B01:00"), Ids{"C2"});
  expect_problem(call("GET", "/api/v1/commands?since=yesterday"), 400, "malformed");
}

TEST_F(CommandsApiTest, FiltersByStatus) {
  for (const auto* id : {"D1", "D2", "D3"}) {
    enroll(id);
  }
  send({"D1", "D2", "D3"}, "C1");
  send({"D1"}, "C2");
  report("D1", "C1", "Error");
  report("D2", "C1", "NotNow");
  EXPECT_EQ(uuids("?status=failed"), Ids{"C1"});
  EXPECT_EQ(uuids("?status=not_now&device=D2"), Ids{"C1"});
  EXPECT_EQ(uuids("?status=acknowledged"), Ids{});
  EXPECT_EQ(uuids("?status=pending").size(), 2U);
  expect_problem(call("GET", "/api/v1/commands?status=error"), 400, "malformed");
  const auto devices = [&](const std::string& query) {
    const json page = json_of(call("GET", "/api/v1/commands/C1/results" + query));
    Ids found;
    for (const auto& item : page["results"]) {
      found.push_back(item["id"]);
    }
    return found;
  };
  EXPECT_EQ(devices("?status=failed"), Ids{"D1"});
  EXPECT_EQ(devices("?status=pending"), (Ids{"D2", "D3"}));
  EXPECT_EQ(devices("?status=not_now"), Ids{"D2"});
  expect_problem(call("GET", "/api/v1/commands/C1/results?status=no"), 400, "malformed");
}

TEST_F(CommandsApiTest, ShowsHowFarACommandHasCome) {
  enroll("D1");
  enroll("D2");
  enroll("D3");
  send({"D1", "D2", "D3"}, "C1");
  report("D1", "C1", "Acknowledged");
  report("D2", "C1", "Error");
  report("D3", "C1", "NotNow");
  EXPECT_EQ(json_of(call("GET", "/api/v1/commands/C1")), json::parse(R"({
    "id": "C1", "request_type": "DeviceInformation", "origin": "api", "created_at": "2026-11-24T00:00:00Z",
    "created_by": null, "priority": 0, "expires_at": null, "targets": 3, "pending": 1, "not_now": 1, "stuck": 0, "acknowledged": 1,
    "failed": 1, "cleared": 0, "expired": 0, "cancelled": 0})"));
}

TEST_F(CommandsApiTest, TakesAPriorityAndATimeToLive) {
  enroll("D1");
  send({"D1"}, "C1");
  const std::string plist = encode_base64(as_bytes(test_command("C2")));
  const HttpResponse sent =
      post({{"targets", {"D1"}}, {"plist", plist}, {"priority", 7}, {"ttl", "10m"}});
  EXPECT_EQ(sent.status, 201);
  const json command = json_of(call("GET", "/api/v1/commands/C2"));
  EXPECT_EQ(command["priority"], 7);
  EXPECT_EQ(command["expires_at"], "2026-11-24T00:10:00Z");
  EXPECT_EQ(json_of(sent)["command"], command);
  const json queue = json_of(call("GET", "/api/v1/enrollments/D1/queue"))["commands"];
  EXPECT_EQ(queue[0]["command_uuid"], "C2");
  for (const json& wrong : {json{{"priority", 101}}, json{{"ttl", "soon"}}, json{{"ttl", "0"}}}) {
    json body = {{"targets", {"D1"}}, {"plist", plist}};
    body.update(wrong);
    expect_problem(post(body), 400, "malformed");
  }
}

TEST_F(CommandsApiTest, SendsToAllEnrolledDevices) {
  const std::string plist = encode_base64(as_bytes(test_command("C1")));
  const json body = {{"all_devices", true}, {"plist", plist}};
  expect_problem(post(body), 404, "not_found");
  enroll("D1");
  enroll("D2");
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D2"), clock_.now()));
  enroll("D3");
  const HttpResponse sent = post(body);
  EXPECT_EQ(sent.status, 201);
  EXPECT_EQ(json_of(sent)["queued"], 2);
  json both = body;
  both["targets"] = {"D1"};
  expect_problem(post(both), 400, "malformed");
  expect_problem(post({{"all_devices", false}, {"plist", plist}}), 400, "malformed");
}

// It asked how many ids stood in the request, and there are none: the call waited for Apple for
// all of them.
TEST_F(CommandsApiTest, AllDevicesOfALargeFleetAreWokenInTheBackground) {
  for (std::size_t i = 0; i <= limits::pushes_waited_for; ++i) {
    enroll("D" + std::to_string(i));
  }
  const std::string plist = encode_base64(as_bytes(test_command("C1")));
  EXPECT_EQ(post({{"all_devices", true}, {"plist", plist}}).status, 201);
  EXPECT_EQ(pushes_.wakes, 1);
  EXPECT_TRUE(pushes_.pushed.empty());
}

TEST_F(CommandsApiTest, TakesACommandBack) {
  enroll("D1");
  enroll("D2");
  send({"D1", "D2"}, "C1");
  send({"D1"}, "C2");
  json answer = json_of(call("DELETE", "/api/v1/commands/C1?device=D2"));
  EXPECT_EQ(answer["cancelled"], 1);
  EXPECT_EQ(answer["command"]["pending"], 1);
  answer = json_of(call("DELETE", "/api/v1/commands/C1"));
  EXPECT_EQ(answer["cancelled"], 1);
  EXPECT_EQ(answer["command"]["cancelled"], 2);
  EXPECT_EQ(json_of(call("DELETE", "/api/v1/commands/C1"))["cancelled"], 0);
  EXPECT_EQ(json_of(call("GET", "/api/v1/commands/C1/results/D1"))["state"], "cancelled");
  EXPECT_EQ(json_of(call("GET", "/api/v1/enrollments/D1/queue"))["commands"].size(), 1U);
  expect_problem(call("DELETE", "/api/v1/commands/C9"), 404, "not_found");
  expect_problem(call("DELETE", "/api/v1/commands/C2?device="), 400, "malformed");
  expect_problem(call("DELETE", "/api/v1/commands/C2?device=D9"), 404, "not_found");
}

TEST_F(CommandsApiTest, LargeReportsAreFetchedOneByOne) {
  enroll("D1");
  enroll("D2");
  send({"D1", "D2"}, "C1");
  const std::string padding =
      "<key>Pad</key><string>" + std::string(limits::report_in_list, 'x') + "</string>";
  report("D1", "C1", "Acknowledged", padding);
  const json listed = json_of(call("GET", "/api/v1/commands/C1/results"))["results"][0];
  EXPECT_GT(listed["report_size"], limits::report_in_list);
  EXPECT_TRUE(listed["report"].is_null());
  const json alone = json_of(call("GET", "/api/v1/commands/C1/results/D1"));
  EXPECT_EQ(alone["report"]["UDID"], "D1");
  EXPECT_EQ(alone["report_size"], listed["report_size"]);
  const HttpResponse raw = call("GET", "/api/v1/commands/C1/results/D1/report");
  EXPECT_EQ(raw.status, 200);
  EXPECT_EQ(static_cast<std::int64_t>(raw.body.size()), listed["report_size"]);
  expect_problem(call("GET", "/api/v1/commands/C1/results/D2/report"), 404, "not_found");
  expect_problem(call("GET", "/api/v1/commands/C1/results/D9"), 404, "not_found");
  expect_problem(call("GET", "/api/v1/commands/C9/results/D1"), 404, "not_found");
}

TEST_F(CommandsApiTest, ShowsWhatDevicesReported) {
  enroll("D1");
  enroll("D2");
  send({"D1", "D2"}, "C1");
  clock_.advance(std::chrono::seconds(5));
  report("D1", "C1", "Error",
         "<key>ErrorChain</key><array><dict><key>ErrorCode</key><integer>12</integer>"
         "<key>ErrorDomain</key><string>MCMDM</string><key>LocalizedDescription</key>"
         "<string>Nein</string></dict></array><key>Blob</key><data>AP8=</data>");
  const json results = json_of(call("GET", "/api/v1/commands/C1/results"))["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["state"], "error");
  EXPECT_EQ(results[0]["status"], "Error");
  EXPECT_EQ(results[0]["reported_at"], "2026-11-24T00:00:05Z");
  EXPECT_EQ(results[0]["report"]["Blob"], "AP8=");
  EXPECT_EQ(results[0]["report"]["UDID"], "D1");
  EXPECT_EQ(results[0]["error_chain"],
            json::parse(R"([{"code":12,"domain":"MCMDM","description":"Nein"}])"));
  EXPECT_EQ(results[0]["report_plist"].get<std::string>().rfind("PD94bWw", 0), 0U);
  EXPECT_EQ(results[1]["state"], "pending");
  EXPECT_TRUE(results[1]["report"].is_null());
  EXPECT_TRUE(results[1]["report_plist"].is_null());
  EXPECT_EQ(results[1]["error_chain"], json::array());
}

TEST_F(CommandsApiTest, AUuidIsAnyText) {
  enroll("D1");
  send({"D1"}, "0001/Profile List");
  EXPECT_EQ(json_of(call("GET", "/api/v1/commands/0001%2FProfile%20List"))["id"],
            "0001/Profile List");
}

TEST_F(CommandsApiTest, UnknownCommandsAre404) {
  expect_problem(call("GET", "/api/v1/commands/C9"), 404, "not_found");
  expect_problem(call("GET", "/api/v1/commands/C9/results"), 404, "not_found");
}

TEST_F(CommandsApiTest, LargeReportsMakeAPageEndEarly) {
  std::vector<std::string> devices;
  for (int i = 0; i < 25; ++i) {
    devices.push_back(enroll("D" + std::to_string(10 + i)));
  }
  send(devices, "C1");
  const std::string padding =
      "<key>Pad</key><string>" + std::string(limits::results_page_bytes / 15, 'x') + "</string>";
  for (const std::string& device : devices) {
    report(device, "C1", "Acknowledged", padding);
  }
  Ids found;
  std::string query = "?limit=500";
  std::vector<std::size_t> sizes;
  for (int pages = 0; pages < 10; ++pages) {
    const json page = json_of(call("GET", "/api/v1/commands/C1/results" + query));
    sizes.push_back(page["results"].size());
    for (const auto& item : page["results"]) {
      found.push_back(item["id"]);
    }
    if (page["next_cursor"].is_null()) {
      break;
    }
    query = "?limit=500&cursor=" + page["next_cursor"].get<std::string>();
  }
  EXPECT_EQ(found, devices);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{20, 5}));
}

TEST_F(CommandsApiTest, PushesOnRequest) {
  pushes_.errors.emplace("D2", Error{ErrorCode::not_found, "who?"});
  const HttpResponse response = call("POST", "/api/v1/push", R"({"targets":["D1","D2"]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body),
            "{\"sent\":1,\"errors\":[{\"id\":\"D2\",\"message\":\"who?\"}]}\n");
  expect_problem(call("POST", "/api/v1/push", R"({"targets":[]})"), 400, "malformed");
  expect_problem(call("POST", "/api/v1/push", R"({"targets":["D1"],"x":1})"), 400, "malformed");
}

}  // namespace
}  // namespace bramley
