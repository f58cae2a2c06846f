#include "core/catalogue/command_rules.h"

#include <gtest/gtest.h>

#include "core/plist/plist_document.h"

namespace bramley {
namespace {

using Severity = CommandFinding::Severity;

std::vector<CommandFinding> check(const PlistDictionary& command,
                                  const std::vector<CommandTarget>& targets = {}) {
  return check_command(CommandCatalogue::apple(), command, targets);
}

CommandTarget device(Platform platform, const char* version) {
  CommandTarget target;
  target.name = "it";
  target.platform = platform;
  target.os_version = OsVersion::parse(version);
  target.user_channel = false;
  return target;
}

std::string only_fault(const std::vector<CommandFinding>& findings) {
  std::string text;
  for (const CommandFinding& finding : findings) {
    if (finding.severity == Severity::fault) {
      text += (text.empty() ? "" : "; ") + finding.key + " " + finding.message;
    }
  }
  return text;
}

std::string only_doubt(const std::vector<CommandFinding>& findings) {
  EXPECT_FALSE(has_fault(findings)) << only_fault(findings);
  return findings.empty() ? "" : findings.front().key + " " + findings.front().message;
}

TEST(CheckCommand, FindsNothingInAGoodOne) {
  EXPECT_TRUE(check({{"RequestType", "DeviceInformation"}, {"Queries", PlistArray{"OSVersion"}}},
                    {device(Platform::macos, "14.4")})
                  .empty());
}

TEST(CheckCommand, NamesTheKeyAndWhatWasExpected) {
  EXPECT_EQ(only_fault(check({{"RequestType", "RemoveProfile"}})),
            "Identifier is missing: expected a string");
  EXPECT_EQ(only_fault(check({{"RequestType", "RemoveProfile"}, {"Identifier", 7}})),
            "Identifier is an integer: expected a string");
  EXPECT_EQ(only_fault(check({{"RequestType", "InstallMedia"}, {"MediaType", "Film"}})),
            "MediaType 'Film' is not one of its values: expected Book");
  EXPECT_EQ(only_fault(check({{"RequestType", 7}})), "RequestType is missing: expected a string");
  EXPECT_EQ(only_fault(check({{"RequestType", "EraseDevice"},
                              {"ReturnToService", PlistDictionary{{"WiFiProfileData", "x"}}}})),
            "ReturnToService.Enabled is missing: expected a boolean; "
            "ReturnToService.WiFiProfileData is a string: expected data");
}

TEST(CheckCommand, LooksIntoEachSetting) {
  const auto settings = [](PlistArray items) {
    return PlistDictionary{{"RequestType", "Settings"}, {"Settings", std::move(items)}};
  };
  EXPECT_EQ(only_fault(check(settings({PlistDictionary{{"Item", "Bluetooth"}}}))),
            "Settings[0].Enabled is missing: expected a boolean");
  const auto unknown = check(settings({PlistDictionary{{"Item", "Blutooth"}}}));
  EXPECT_NE(only_fault(unknown).find("Settings[0].Item 'Blutooth' is not one"), std::string::npos);
  EXPECT_EQ(unknown.front().hint, "did you mean Bluetooth?");
  EXPECT_NE(only_fault(check(settings({PlistDictionary{}}))).find("Settings[0].Item is missing"),
            std::string::npos);
  EXPECT_EQ(only_fault(check(settings({"x"}))), "Settings[0] is a string: expected a dictionary");
  const PlistDictionary wallpaper =
      settings({PlistDictionary{{"Item", "Wallpaper"}, {"Image", Bytes{1}}, {"Where", 1}}});
  EXPECT_EQ(only_fault(check(wallpaper, {device(Platform::macos, "14.0")})),
            "Settings[0] (Wallpaper) is for iOS, and there is it");
}

TEST(CheckCommand, DoubtsWhatNobodyKnows) {
  EXPECT_NE(only_doubt(check({{"RequestType", "Sing"}})).find("nothing of it was checked"),
            std::string::npos);
  const auto findings = check({{"RequestType", "DeviceLock"}, {"Mesage", "hi"}});
  EXPECT_EQ(only_doubt(findings), "Mesage is not a key of DeviceLock known here");
  EXPECT_EQ(findings.front().hint, "did you mean Message?");
}

TEST(CheckCommand, RefusesWhatTheTargetCannotRun) {
  const PlistDictionary lost = {{"RequestType", "DeviceLocation"}};
  EXPECT_EQ(only_fault(check(lost, {device(Platform::macos, "14.4")})),
            " DeviceLocation is for iOS, and there is it");
  EXPECT_EQ(only_fault(check(lost, {device(Platform::ios, "9.2")})),
            " DeviceLocation needs iOS 9.3 or newer, and there is it");
  CommandTarget unsupervised = device(Platform::ios, "17.0");
  unsupervised.supervised = false;
  EXPECT_EQ(only_fault(check(lost, {unsupervised})),
            " DeviceLocation needs a supervised device, and there is it");
  CommandTarget private_one = device(Platform::ios, "17.0");
  private_one.user_enrollment = true;
  EXPECT_EQ(only_fault(check(lost, {private_one})),
            " DeviceLocation is not allowed with User Enrollment, and there is it");
  CommandTarget user = device(Platform::macos, "14.4");
  user.user_channel = true;
  EXPECT_EQ(only_fault(check({{"RequestType", "EraseDevice"}}, {user})),
            " EraseDevice goes to devices, not to users, and there is it");
  EXPECT_TRUE(check({{"RequestType", "ProfileList"}}, {user}).empty());
  EXPECT_EQ(only_fault(
                check({{"RequestType", "NSExtensionMappings"}}, {device(Platform::macos, "14.4")})),
            " NSExtensionMappings goes to users, not to devices, and there is it");
  CommandTarget few_rights = device(Platform::ios, "17.0");
  few_rights.access_rights = 8191 - 8;
  EXPECT_EQ(only_fault(check({{"RequestType", "EraseDevice"}}, {few_rights})),
            " EraseDevice needs the access right 8 (AllowDeviceErase), and there is it");
}

TEST(CheckCommand, OnlyDoubtsForSystemsThatAreNewerThanItself) {
  const CommandTarget newer = device(Platform::macos, "99.0");
  EXPECT_NE(only_doubt(check({{"RequestType", "DeviceLocation"}}, {newer})).find("is for iOS"),
            std::string::npos);
  const PlistDictionary media = {{"RequestType", "InstallMedia"}, {"MediaType", "Film"}};
  EXPECT_NE(only_doubt(check(media, {device(Platform::ios, "99.0")})).find("'Film'"),
            std::string::npos);
  EXPECT_TRUE(has_fault(check(media, {newer, device(Platform::ios, "17.0")})));
  // What is no matter of editions stays a fault.
  EXPECT_TRUE(has_fault(check({{"RequestType", "RemoveProfile"}}, {newer})));
}

TEST(CheckCommand, DoubtsKeysAndQueriesOfOtherSystems) {
  const auto query = check({{"RequestType", "DeviceInformation"}, {"Queries", PlistArray{"IMEI"}}},
                           {device(Platform::macos, "14.4")});
  EXPECT_NE(only_doubt(query).find("Queries[0] (IMEI) is for iOS"), std::string::npos);
  const auto key =
      check({{"RequestType", "EraseDevice"}, {"PreserveDataPlan", true}, {"PIN", "123456"}},
            {device(Platform::macos, "14.4")});
  EXPECT_EQ(only_doubt(key), "PreserveDataPlan is for iOS and watchOS, and there is it");
  const auto old = check({{"RequestType", "RequestUnlockToken"}}, {device(Platform::ios, "12.0")});
  EXPECT_NE(only_doubt(old).find("is deprecated since iOS 6.1.6"), std::string::npos);
}

TEST(CheckCommand, SaysThatATargetIsNotKnown) {
  CommandTarget unknown;
  unknown.name = "it";
  EXPECT_NE(only_doubt(check({{"RequestType", "ProfileList"}}, {unknown})).find("is not known"),
            std::string::npos);
}

TEST(CheckCommand, WantsAProfileInInstallProfile) {
  EXPECT_NE(only_fault(check({{"RequestType", "InstallProfile"}, {"Payload", to_bytes("hello")}}))
                .find("Payload is no configuration profile"),
            std::string::npos);
  const PlistDictionary profile = {
      {"PayloadType", "Configuration"}, {"PayloadIdentifier", "x"}, {"PayloadUUID", "y"}};
  EXPECT_TRUE(
      check({{"RequestType", "InstallProfile"}, {"Payload", *write_plist_xml(profile)}}).empty());
  const PlistDictionary payload = {{"PayloadType", "com.apple.mdm"}};
  EXPECT_NE(
      only_fault(check({{"RequestType", "InstallProfile"}, {"Payload", *write_plist_xml(payload)}}))
          .find("PayloadType is not Configuration"),
      std::string::npos);
}

TEST(CheckCommand, WantsSixDigitsToLockAMacAndDoesNotRepeatThem) {
  const std::string fault = only_fault(check({{"RequestType", "DeviceLock"}, {"PIN", "12345x"}}));
  EXPECT_EQ(fault, "PIN is not what it has to be: expected six digits");
  EXPECT_TRUE(check({{"RequestType", "DeviceLock"}, {"PIN", "012345"}}).empty());
}

}  // namespace
}  // namespace bramley
