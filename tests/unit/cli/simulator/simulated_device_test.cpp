#include "cli/simulator/simulated_device.h"

#include <sys/wait.h>

#include "core/base/file.h"
#include "tests/unit/cli/simulator/simulation_fixture.h"

namespace bramley {
namespace {

class SimulatedDeviceTest : public SimulationFixture {
 protected:
  SimulatedDevice enrolled_device() {
    surroundings_ = std::make_unique<DeviceSurroundings>(surroundings());
    auto device = SimulatedDevice::load(0, *surroundings_);
    EXPECT_TRUE(succeeded(device));
    EXPECT_TRUE(succeeded(device->enroll()));
    return *std::move(device);
  }

  // What openssl(1) says about a request's signature over `body`.
  bool openssl_accepts(const HttpRequest& request, const Bytes& body) {
    const auto header = request.headers.find("Mdm-Signature").value_or("");
    const auto put = [this](const char* name, ByteView content) {
      EXPECT_TRUE(write_file(folder_ / name, content, FileMode::shared, Overwrite::replace));
    };
    put("signature.der", *decode_base64(header));
    put("body", body);
    put("ca.pem", as_bytes(server_.ca().pem()));
    // The clock of the test is not the machine's.
    const std::string command = "cd " + folder_.string() +
                                " && openssl cms -verify -binary -inform DER -in signature.der "
                                "-content body -CAfile ca.pem -purpose any -no_check_time "
                                "-out verified 2>errors";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  std::unique_ptr<DeviceSurroundings> surroundings_;
};

TEST_F(SimulatedDeviceTest, EnrollsAsAppleDevicesDo) {
  const SimulatedDevice device = enrolled_device();
  EXPECT_TRUE(device.state().is_enrolled());
  EXPECT_EQ(server_.issued, 1);
  EXPECT_EQ(server_.check_ins, (std::vector<std::string>{"Authenticate", "TokenUpdate"}));
  const auto authenticate = parse_checkin(server_.device_requests.at(0).body);
  ASSERT_TRUE(succeeded(authenticate));
  EXPECT_EQ(authenticate->enrollment.value(), device.state().facts.udid);
  const auto& who = std::get<Authenticate>(authenticate->body);
  EXPECT_EQ(who.topic, "com.apple.mgmt.External.test");
  EXPECT_EQ(who.serial_number, device.state().facts.serial_number);
  const auto update = parse_checkin(server_.device_requests.at(1).body);
  EXPECT_EQ(std::get<TokenUpdate>(update->body).token.size(), 32U);
}

TEST_F(SimulatedDeviceTest, OpensslAcceptsItsSignaturesAndNoOthers) {
  enrolled_device();
  for (const HttpRequest& request : server_.device_requests) {
    EXPECT_TRUE(openssl_accepts(request, request.body));
    Bytes changed = request.body;
    changed.back() ^= 1U;
    EXPECT_FALSE(openssl_accepts(request, changed));
  }
}

TEST_F(SimulatedDeviceTest, AnswersCommandsUntilThereAreNone) {
  SimulatedDevice device = enrolled_device();
  const std::string udid = device.state().facts.udid;
  server_.queue(udid, "DeviceInformation",
                PlistDictionary({{"Queries", PlistArray{"UDID", "OSVersion", "NoSuchThing"}}}));
  server_.queue(udid, "FormatTheMoon");
  ASSERT_TRUE(succeeded(device.poll()));
  ASSERT_EQ(server_.reports.size(), 2U);
  EXPECT_EQ(server_.reports[0].status, ReportStatus::acknowledged);
  const PlistDictionary report = server_.report(0);
  const PlistDictionary& answers = *member(report, "QueryResponses").dictionary();
  EXPECT_EQ(answers.size(), 2U);
  EXPECT_EQ(*member(answers, "UDID").string(), udid);
  EXPECT_EQ(server_.reports[1].status, ReportStatus::error);
  const auto chain = error_chain(server_.report(1));
  ASSERT_EQ(chain.size(), 1U);
  EXPECT_EQ(chain[0].code, 12021);
  EXPECT_EQ(chain[0].description, "Unknown command: FormatTheMoon");
  EXPECT_EQ(server_.idles, 1);
}

TEST_F(SimulatedDeviceTest, GetsANewIdentityWhenItsEnrollmentProfileComesAgain) {
  SimulatedDevice device = enrolled_device();
  const auto before = *device.state().certificate;
  server_.queue(device.state().facts.udid, "InstallProfile",
                PlistDictionary({{"Payload", server_.profile()}}));
  ASSERT_TRUE(succeeded(device.poll()));
  ASSERT_EQ(server_.reports.size(), 1U);
  EXPECT_EQ(server_.reports[0].status, ReportStatus::acknowledged);
  EXPECT_EQ(server_.issued, 2);
  EXPECT_FALSE(*device.state().certificate == before);
  EXPECT_EQ(server_.check_ins.size(), 2U);  // of the enrollment
  EXPECT_TRUE(device.state().is_enrolled());
  EXPECT_TRUE(device.state().profiles.empty());
}

TEST_F(SimulatedDeviceTest, StaysWhatItWasWhereItGetsNoNewIdentity) {
  SimulatedDevice device = enrolled_device();
  const auto before = *device.state().certificate;
  EnrollmentProfileTerms terms;
  terms.server_url = FakeMdmServer::origin;
  terms.topic = "com.apple.mgmt.External.test";
  terms.scep_url = "https://mdm.example.com/nothing";
  server_.queue(device.state().facts.udid, "InstallProfile",
                PlistDictionary({{"Payload", make_enrollment_profile(terms).value()}}));
  ASSERT_TRUE(succeeded(device.poll()));
  EXPECT_EQ(server_.reports[0].status, ReportStatus::error);
  EXPECT_TRUE(*device.state().certificate == before);
  EXPECT_TRUE(succeeded(device.poll()));
}

TEST_F(SimulatedDeviceTest, AnswersNotNowAndErrorsWhenToldTo) {
  behaviour_.not_now_share = 1;
  SimulatedDevice busy = enrolled_device();
  server_.queue(busy.state().facts.udid, "ProfileList");
  ASSERT_TRUE(succeeded(busy.poll()));
  EXPECT_EQ(server_.reports.at(0).status, ReportStatus::not_now);
  behaviour_ = quick_behaviour();
  behaviour_.error_share = 1;
  SimulatedDevice broken = enrolled_device();
  server_.queue(broken.state().facts.udid, "ProfileList");
  ASSERT_TRUE(succeeded(broken.poll()));
  EXPECT_EQ(server_.reports.at(1).status, ReportStatus::error);
  EXPECT_FALSE(error_chain(server_.report(1)).empty());
}

TEST_F(SimulatedDeviceTest, ACommandWithoutItsPartsIsAFormatError) {
  SimulatedDevice device = enrolled_device();
  server_.queue_raw(device.state().facts.udid,
                    "<plist><dict><key>CommandUUID</key><string>C</string></dict></plist>");
  ASSERT_TRUE(succeeded(device.poll()));
  EXPECT_EQ(server_.reports.at(0).status, ReportStatus::command_format_error);
  server_.queue_raw(device.state().facts.udid, "no property list");
  EXPECT_TRUE(failed_with(ErrorCode::malformed, device.poll()));
}

TEST_F(SimulatedDeviceTest, UsesATlsCertificateInsteadOfSignatures) {
  behaviour_.proof = Proof::tls_certificate;
  SimulatedDevice device = enrolled_device();
  ASSERT_TRUE(succeeded(device.poll()));
  ASSERT_EQ(server_.device_requests.size(), 3U);
  for (const HttpRequest& request : server_.device_requests) {
    EXPECT_FALSE(request.headers.find("Mdm-Signature"));
  }
}

TEST_F(SimulatedDeviceTest, LeavesWhenItIsToldTo) {
  for (const auto& [status, body] :
       {std::pair(401, ""), std::pair(403, "{\"code\":\"com.apple.unrecognized.device\"}")}) {
    server_.device_status = 200;
    SimulatedDevice device = enrolled_device();
    server_.device_status = status;
    server_.device_body = body;
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, device.poll()));
    EXPECT_FALSE(device.state().is_enrolled());
    EXPECT_FALSE(device.state().certificate);
  }
}

TEST_F(SimulatedDeviceTest, StaysWhenTheServerHasTrouble) {
  SimulatedDevice device = enrolled_device();
  for (const int status : {400, 403, 500, 503}) {
    server_.device_status = status;
    EXPECT_TRUE(failed_with(ErrorCode::unavailable, device.poll())) << status;
    EXPECT_TRUE(device.state().is_enrolled());
  }
  server_.failure = Error{ErrorCode::unavailable, "no connection"};
  const Status polled = device.poll();
  EXPECT_TRUE(failed_with(ErrorCode::unavailable, polled));
  EXPECT_EQ(polled.error().message, "Idle: no connection");
}

TEST_F(SimulatedDeviceTest, ChecksOut) {
  SimulatedDevice device = enrolled_device();
  ASSERT_TRUE(succeeded(device.check_out()));
  EXPECT_EQ(server_.check_ins.back(), "CheckOut");
  EXPECT_FALSE(device.state().is_enrolled());
}

TEST_F(SimulatedDeviceTest, ComesBackFromItsDirectory) {
  directory_ = DeviceDirectory(folder_ / "devices", 1);
  const std::string udid = enrolled_device().state().facts.udid;
  SimulatedDevice again = enrolled_device();
  EXPECT_EQ(again.state().facts.udid, udid);
  EXPECT_EQ(server_.issued, 1);
  EXPECT_EQ(server_.check_ins.size(), 2U);
  EXPECT_TRUE(succeeded(again.poll()));
}

TEST_F(SimulatedDeviceTest, EnrollsAnewElsewhereAndAfterItsCertificateExpired) {
  directory_ = DeviceDirectory(folder_ / "devices", 1);
  enrolled_device();
  auto elsewhere = surroundings();
  elsewhere.server_origin = "https://other.example.com";
  auto device = SimulatedDevice::load(0, elsewhere);
  ASSERT_TRUE(succeeded(device));
  EXPECT_FALSE(device->state().is_enrolled());
  EXPECT_TRUE(device->state().key);
  ASSERT_TRUE(succeeded(device->prepare()));
  EXPECT_EQ(server_.issued, 2);
  clock_.advance(std::chrono::hours(24 * 400));
  auto expired = SimulatedDevice::load(0, *surroundings_);
  ASSERT_TRUE(succeeded(expired));
  ASSERT_TRUE(succeeded(expired->prepare()));
  EXPECT_EQ(server_.issued, 3);
}

TEST_F(SimulatedDeviceTest, AsksForAFreshProfileWhenItsChallengeWasRefused) {
  auto all = surroundings();
  int asked = 0;
  all.fetch_profile = [&]() -> Result<Bytes> {
    Bytes profile = server_.profile();
    if (++asked == 1) {
      const std::string text = to_text(profile);
      const std::size_t at = text.find(">secret<");
      profile[at + 1] = 'x';
    }
    return profile;
  };
  auto device = SimulatedDevice::load(0, all);
  ASSERT_TRUE(succeeded(device));
  EXPECT_TRUE(failed_with(ErrorCode::forbidden, device->enroll()));
  EXPECT_TRUE(succeeded(device->enroll()));
  EXPECT_EQ(asked, 2);
}

TEST_F(SimulatedDeviceTest, DoesNotTrustAnotherCa) {
  auto all = surroundings();
  all.fetch_profile = [&]() -> Result<Bytes> {
    EnrollmentProfileTerms terms;
    terms.server_url = FakeMdmServer::origin;
    terms.topic = "t";
    terms.scep_ca = make_test_authority("another").certificate;
    return make_enrollment_profile(terms);
  };
  auto device = SimulatedDevice::load(0, all);
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, device->enroll()));
}

}  // namespace
}  // namespace bramley
