#include "cli/simulator/command_answers.h"

#include "core/crypto/signed_message.h"
#include "tests/unit/cli/simulator/simulation_fixture.h"

namespace bramley {
namespace {

class CommandAnswers : public SimulationFixture {
 protected:
  CommandAnswers() { state_.facts = make_device_facts(1, 0); }

  PlistDictionary answer(const char* type,
                         std::initializer_list<PlistDictionary::Entry> more = {}) {
    PlistDictionary command({{"RequestType", type}});
    for (const auto& [key, value] : more) {
      command.set(key, value);
    }
    CommandAnswer given = answer_command(command, state_);
    changed_ = given.changed;
    return std::move(given.report);
  }
  static std::string status(const PlistDictionary& report) {
    return *member(report, "Status").string();
  }
  static Bytes profile(const char* identifier, const char* uuid) {
    return write_plist_xml(
               PlistDictionary(
                   {{"PayloadIdentifier", identifier},
                    {"PayloadUUID", uuid},
                    {"PayloadVersion", 3},
                    {"PayloadDisplayName", "Wi-Fi"},
                    {"PayloadContent",
                     PlistArray{PlistDictionary({{"PayloadType", "com.apple.wifi.managed"}})}}}))
        .value();
  }

  DeviceState state_;
  bool changed_ = false;
};

TEST_F(CommandAnswers, DeviceInformationKnowsWhatItIsAskedAndNoMore) {
  const auto all = answer("DeviceInformation");
  EXPECT_EQ(status(all), "Acknowledged");
  EXPECT_GT(member(all, "QueryResponses").dictionary()->size(), 15U);
  const auto some = answer("DeviceInformation",
                           {{"Queries", PlistArray{"SerialNumber", "IMEI", "ModelName", 5}}});
  const PlistDictionary expected(
      {{"SerialNumber", state_.facts.serial_number}, {"ModelName", state_.facts.model_name}});
  EXPECT_EQ(*member(some, "QueryResponses").dictionary(), expected);
}

TEST_F(CommandAnswers, APhoneHasAnImeiAndAMacAFirewall) {
  const auto mac = answer("SecurityInfo");
  EXPECT_TRUE(member(mac, "SecurityInfo").dictionary()->find("FirewallSettings"));
  state_.facts = make_device_facts(1, 1);
  const auto phone = answer("SecurityInfo");
  EXPECT_TRUE(member(phone, "SecurityInfo").dictionary()->find("PasscodePresent"));
  const auto imei = answer("DeviceInformation", {{"Queries", PlistArray{"IMEI"}}});
  EXPECT_EQ(*member(*member(imei, "QueryResponses").dictionary(), "IMEI").string(),
            state_.facts.imei);
}

TEST_F(CommandAnswers, ProfilesComeAndGo) {
  EXPECT_TRUE(member(answer("ProfileList"), "ProfileList").array()->empty());
  EXPECT_EQ(status(answer("InstallProfile", {{"Payload", profile("a", "1")}})), "Acknowledged");
  EXPECT_TRUE(changed_);
  answer("InstallProfile", {{"Payload", profile("b", "2")}});
  answer("InstallProfile", {{"Payload", profile("a", "3")}});
  const auto list = answer("ProfileList");
  EXPECT_FALSE(changed_);
  const PlistArray& profiles = *member(list, "ProfileList").array();
  ASSERT_EQ(profiles.size(), 2U);
  EXPECT_EQ(*member(*profiles[1].dictionary(), "PayloadUUID").string(), "3");
  EXPECT_EQ(*member(*profiles[1].dictionary(), "PayloadVersion").integer(), 3);
  EXPECT_EQ(status(answer("RemoveProfile", {{"Identifier", "a"}})), "Acknowledged");
  EXPECT_TRUE(changed_);
  EXPECT_EQ(status(answer("RemoveProfile", {{"Identifier", "a"}})), "Error");
  EXPECT_FALSE(changed_);
  EXPECT_EQ(state_.profiles.size(), 1U);
}

TEST_F(CommandAnswers, SignedProfilesAreTakenAndBrokenOnesAreNot) {
  const auto signer = make_test_authority();
  const Bytes sealed = sign_message(profile("a", "1"), signer.certificate, signer.key, {}).value();
  EXPECT_EQ(status(answer("InstallProfile", {{"Payload", sealed}})), "Acknowledged");
  for (const PlistValue& payload :
       {PlistValue(Bytes()), PlistValue(to_bytes("junk")), PlistValue("text"),
        PlistValue(Bytes{0x30, 0x00}), PlistValue(profile("", "1"))}) {
    EXPECT_EQ(status(answer("InstallProfile", {{"Payload", payload}})), "Error");
    EXPECT_FALSE(changed_);
  }
  EXPECT_EQ(status(answer("InstallProfile")), "Error");
}

TEST_F(CommandAnswers, ListsAppsByIdentifiersAndItems) {
  EXPECT_EQ(member(answer("InstalledApplicationList"), "InstalledApplicationList").array()->size(),
            4U);
  const auto some = answer(
      "InstalledApplicationList",
      {{"Identifiers", PlistArray{"com.apple.Safari", "nobody"}}, {"Items", PlistArray{"Name"}}});
  const PlistArray& apps = *member(some, "InstalledApplicationList").array();
  ASSERT_EQ(apps.size(), 1U);
  EXPECT_EQ(*apps[0].dictionary(),
            PlistDictionary({{"Identifier", "com.apple.Safari"}, {"Name", "Safari"}}));
}

TEST_F(CommandAnswers, ListsItsIdentity) {
  EXPECT_TRUE(member(answer("CertificateList"), "CertificateList").array()->empty());
  state_.certificate = server_.ca();
  const auto list = answer("CertificateList");
  const PlistDictionary& only = *member(list, "CertificateList").array()->at(0).dictionary();
  EXPECT_EQ(*member(only, "Data").data(), server_.ca().der());
  EXPECT_TRUE(*member(only, "IsIdentity").boolean());
}

TEST_F(CommandAnswers, OthersAreErrors) {
  EXPECT_EQ(status(answer("EraseDevice")), "Error");
  EXPECT_EQ(status(answer("")), "CommandFormatError");
  EXPECT_EQ(status(answer_command({}, state_).report), "CommandFormatError");
  EXPECT_EQ(status(answer_command(PlistDictionary({{"RequestType", 5}}), state_).report),
            "CommandFormatError");
}

}  // namespace
}  // namespace bramley
