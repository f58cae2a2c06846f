#include "server/http/selections_api.h"

#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using nlohmann::json;

class SelectionsApiTest : public ApiFixture {
 protected:
  SelectionsApiTest() {
    for (const auto* const udid : {"D1", "D2", "D3"}) {
      enroll(udid);
    }
  }
  HttpResponse ask(const json& body) { return call_json("POST", "/api/v1/selections", body); }
  json select(const json& body) {
    const HttpResponse response = ask(body);
    EXPECT_EQ(response.status, 200) << to_text(response.body);
    return json_of(response);
  }
  static json ids_of(const json& answer) {
    json ids = json::array();
    for (const auto& item : answer["enrollments"]) {
      ids.push_back(item["id"]);
    }
    return ids;
  }
  void tell(const std::string& udid, const std::string& answers) {
    const std::string uuid = "tell-" + udid + "-" + std::to_string(++told_);
    ASSERT_EQ(send({udid}, uuid).status, 201);
    ASSERT_TRUE(store_->commands().settle_and_next(
        test_report(udid, uuid, "Acknowledged",
                    "<key>QueryResponses</key><dict>" + answers + "</dict>"),
        clock_.now()));
  }
  HttpResponse send_to(json body, const std::string& uuid = "C1") {
    body["plist"] = encode_base64(as_bytes(test_command(uuid)));
    return call_json("POST", "/api/v1/commands", body);
  }
  static constexpr auto supervised = "<key>IsSupervised</key><true/>";
  int told_ = 0;
};

TEST_F(SelectionsApiTest, SaysWhoIsMeantAndOfWhatKind) {
  tell("D2", "<key>IsSupervised</key><true/><key>OSVersion</key><string>14.3</string>");
  const json answer = select({{"select", "platform == \"macOS\""}});
  EXPECT_EQ(answer["matched"], 3);
  EXPECT_EQ(answer["stale"], 0);
  EXPECT_EQ(answer["refused"], json::array());
  EXPECT_EQ(answer["next_cursor"], nullptr);
  EXPECT_EQ(answer["groups"], json::parse(R"([
    {"platform":"macOS","os_version":null,"supervised":null,"channel":"device",
     "user_enrollment":false,"count":2,"example":"D1"},
    {"platform":"macOS","os_version":"14.3","supervised":true,"channel":"device",
     "user_enrollment":false,"count":1,"example":"D2"}])"));
  EXPECT_EQ(answer["groups_left_out"], 0);
  EXPECT_EQ(answer["enrollments"][1], json::parse(R"({
    "id":"D2","type":"device","state":"enrolled","serial_number":"SERIAL-D2",
    "device_name":"Mac of D2","platform":"macOS","os_version":"14.3","supervised":true,
    "last_seen_at":null,"as_of":"2026-11-24T00:00:00Z"})"));
  EXPECT_EQ(ids_of(select({{"select", "supervised"}})), json({"D2"}));
  EXPECT_EQ(select({{"select", "lost_mode"}})["matched"], 0);
  EXPECT_EQ(select({{"all_devices", true}})["matched"], 3);
}

TEST_F(SelectionsApiTest, OnlyEnrolledDevicesAreSelected) {
  ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::user("D1", "U1"), {}, {},
                                                      clock_.now()));
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D2"), clock_.now()));
  EXPECT_EQ(ids_of(select({{"select", "known(udid)"}})), json({"D1", "D3"}));
  // A user can be named, and has the channel of its own.
  const json user = select({{"targets", {"D1:U1"}}});
  EXPECT_EQ(user["groups"][0]["channel"], "user");
  EXPECT_EQ(user["groups"][0]["platform"], "macOS");
}

TEST_F(SelectionsApiTest, NamesAreIdsAndSerialNumbers) {
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D3"), clock_.now()));
  const json answer = select({{"targets", {"SERIAL-D2", "D1", "D2", "nobody", "D3", "nobody"}}});
  EXPECT_EQ(ids_of(answer), json({"D2", "D1"}));
  EXPECT_EQ(answer["matched"], 2);
  EXPECT_EQ(answer["refused"], json::parse(R"([
    {"id":"nobody","code":"not_found","message":"no enrollment nobody"},
    {"id":"D3","code":"conflict","message":"enrollment D3 is checked out"}])"));
}

TEST_F(SelectionsApiTest, CountsThoseThatMatchedOnOldFacts) {
  tell("D1", supervised);
  tell("D2", supervised);
  clock_.advance(std::chrono::hours(50));
  tell("D2", supervised);
  const json by_fact = {{"select", "supervised"}, {"max_age", "48h"}};
  EXPECT_EQ(select(by_fact)["matched"], 2);
  EXPECT_EQ(select(by_fact)["stale"], 1);
  EXPECT_EQ(select({{"select", "supervised"}})["stale"], 0);
  EXPECT_EQ(select({{"select", "supervised"}, {"max_age", "7d"}})["stale"], 0);
  // What the server keeps account of itself does not age, and a fact that is not known is not old.
  EXPECT_EQ(select({{"select", "enrolled_at < ago(\"1d\")"}, {"max_age", "48h"}})["stale"], 0);
  EXPECT_EQ(select({{"select", "known(enrolled_at) || lost_mode"}, {"max_age", "48h"}})["stale"],
            0);
  EXPECT_EQ(select({{"all_devices", true}, {"max_age", "48h"}})["stale"], 0);
}

TEST_F(SelectionsApiTest, ComesInPages) {
  const json first = select({{"all_devices", true}, {"limit", 2}});
  EXPECT_EQ(ids_of(first), json({"D1", "D2"}));
  EXPECT_EQ(first["matched"], 3);
  const json last = select({{"all_devices", true}, {"limit", 2}, {"cursor", first["next_cursor"]}});
  EXPECT_EQ(ids_of(last), json({"D3"}));
  EXPECT_EQ(last["next_cursor"], nullptr);
}

TEST_F(SelectionsApiTest, RefusesWhatIsNoSelection) {
  for (const auto& body :
       {json::object(), json{{"targets", json::array()}},
        json{{"targets", {"D1"}}, {"all_devices", true}},
        json{{"select", "supervised"}, {"targets", {"D1"}}}, json{{"select", "os = 1"}},
        json{{"select", std::string(5000, ' ')}}, json{{"select", 1}},
        json{{"all_devices", true}, {"limit", 0}}, json{{"all_devices", true}, {"limit", 5001}},
        json{{"all_devices", true}, {"max_age", "soon"}},
        json{{"all_devices", true}, {"cursor", "c2VsZWN0aW9uczow"}},
        json{{"all_devices", true}, {"cursor", "bm90aGluZw"}}, json{{"all_devices", false}},
        json{{"all_devices", true}, {"expect_count", 1}}}) {
    expect_problem(ask(body), 400, "malformed");
  }
}

TEST_F(SelectionsApiTest, CommandsGoToWhoeverIsSelected) {
  tell("D2", supervised);
  const HttpResponse sent = send_to({{"select", "supervised"}, {"expect_count", 1}});
  EXPECT_EQ(sent.status, 201);
  EXPECT_EQ(json_of(sent)["queued"], 1);
  EXPECT_TRUE(store_->commands().result("C1", "D2").value());
  const json none = expect_problem(send_to({{"select", "lost_mode"}}, "C2"), 404, "not_found");
  EXPECT_EQ(none["detail"], "no enrolled device matches; nothing was queued");
}

TEST_F(SelectionsApiTest, ACommandIsNotQueuedForAnotherNumberThanExpected) {
  for (const json& whom : {json{{"all_devices", true}}, json{{"select", "known(udid)"}},
                           json{{"targets", {"D1", "D2", "SERIAL-D3", "nobody"}}}}) {
    json body = whom;
    body["expect_count"] = 2;
    const json problem = expect_problem(send_to(body), 409, "conflict");
    EXPECT_EQ(problem["matched"], 3);
    EXPECT_EQ(problem["detail"],
              "matched 3 devices, and not the 2 that were expected; nothing was queued");
    EXPECT_FALSE(store_->commands().find("C1").value());
  }
  EXPECT_EQ(send_to({{"all_devices", true}, {"expect_count", 3}}).status, 201);
}

TEST_F(SelectionsApiTest, ACommandIsNotQueuedOnOldFacts) {
  tell("D1", supervised);
  clock_.advance(std::chrono::hours(50));
  tell("D2", supervised);
  const json problem =
      expect_problem(send_to({{"select", "supervised"}, {"max_age", "48h"}}), 409, "conflict");
  EXPECT_EQ(problem["stale"], 1);
  EXPECT_FALSE(store_->commands().find("C1").value());
  EXPECT_EQ(send_to({{"select", "supervised"}, {"max_age", "52h"}}).status, 201);
}

TEST_F(SelectionsApiTest, ATargetMayBeASerialNumber) {
  const HttpResponse sent = send_to({{"targets", {"SERIAL-D1", "D1", "nobody"}}});
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(json_of(sent)["queued"], 1);
  EXPECT_EQ(json_of(sent)["refused"][0]["id"], "nobody");
  EXPECT_TRUE(store_->commands().result("C1", "D1").value());
  // Two devices say that they have it.
  Authenticate twin;
  twin.serial_number = "SERIAL-D1";
  ASSERT_TRUE(store_->enrollments().begin_enrollment(
      EnrollmentId::device("D9"), twin, {}, DeviceIdentity{test_certificate({{"CN", "D9"}})},
      clock_.now()));
  const json refused = expect_problem(send_to({{"targets", {"SERIAL-D1"}}}, "C2"), 409, "conflict");
  EXPECT_EQ(refused["refused"], json::parse(R"([{"id":"SERIAL-D1","code":"conflict",
    "message":"serial number SERIAL-D1 is that of several: D1, D9"}])"));
}

TEST_F(SelectionsApiTest, TheServersOwnUuidsAreNobodyElses) {
  expect_problem(send_to({{"targets", {"D1"}}}, "bramley-inventory-1"), 400, "malformed");
}

}  // namespace
}  // namespace bramley
