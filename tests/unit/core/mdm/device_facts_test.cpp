#include "core/mdm/device_facts.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "core/mdm/command.h"
#include "core/mdm/fact_sources.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

TEST(DeviceFacts, EveryFactHasANameAndANumberOfItsOwn) {
  std::set<std::string_view> names;
  std::set<Fact> numbers;
  for (const FactInfo& info : all_facts()) {
    names.insert(info.name);
    numbers.insert(info.fact);
    EXPECT_EQ(&fact_info(info.fact), &info);
    EXPECT_EQ(find_fact(info.name), &info);
  }
  EXPECT_EQ(names.size(), all_facts().size());
  EXPECT_EQ(numbers.size(), all_facts().size());
  EXPECT_EQ(find_fact("Platform"), nullptr);
}

TEST(DeviceFacts, TakesOnlyWhatFits) {
  DeviceFacts facts;
  facts.set(Fact::os_version, std::string("15.1"), std::nullopt);
  facts.set(Fact::os_version, true, std::nullopt);
  facts.set(Fact::os_version, std::string(), std::nullopt);
  facts.set(Fact::os_version, std::string(256, '1'), std::nullopt);
  facts.set(Fact::os_version, std::string("15\n"), std::nullopt);
  facts.set(Fact::os_version, std::string("\xff"), std::nullopt);
  facts.set(Fact::battery_level, std::numeric_limits<double>::infinity(), std::nullopt);
  facts.set(Fact::battery_level, std::numeric_limits<double>::quiet_NaN(), std::nullopt);
  EXPECT_EQ(*facts.text(Fact::os_version), "15.1");
  EXPECT_EQ(facts.known().size(), 1U);
  facts.set(Fact::device_name, std::string(255, 'x'), std::nullopt);
  EXPECT_NE(facts.find(Fact::device_name), nullptr);
  EXPECT_EQ(facts.yes_no(Fact::supervised), nullptr);
}

std::string platform(const std::string& product, const std::string& model_name = "",
                     const std::string& model = "", const std::string& os = "18.1") {
  DeviceFacts facts;
  facts.set(Fact::product_name, product, std::nullopt);
  facts.set(Fact::model_name, model_name, std::nullopt);
  facts.set(Fact::model, model, std::nullopt);
  facts.set(Fact::os_version, os, std::nullopt);
  derive_platform(facts);
  const auto* const found = facts.text(Fact::platform);
  return found == nullptr ? "?" : *found;
}

TEST(DeviceFacts, ThePlatformIsReadOffProductAndModel) {
  EXPECT_EQ(platform("Mac15,3"), "macOS");
  EXPECT_EQ(platform("MacBookPro18,1"), "macOS");
  EXPECT_EQ(platform("iMac21,1"), "macOS");
  EXPECT_EQ(platform("VirtualMac2,1"), "macOS");
  EXPECT_EQ(platform("iPhone15,4"), "iOS");
  EXPECT_EQ(platform("iPod9,1"), "iOS");
  EXPECT_EQ(platform("iPad13,18"), "iPadOS");
  EXPECT_EQ(platform("iPad5,1", "", "", "12.5.7"), "iOS");
  EXPECT_EQ(platform("AppleTV11,1"), "tvOS");
  EXPECT_EQ(platform("RealityDevice14,1"), "visionOS");
  EXPECT_EQ(platform("Watch6,1"), "watchOS");
  EXPECT_EQ(platform("", "MacBook Air"), "macOS");
  EXPECT_EQ(platform("", "Apple Vision Pro"), "visionOS");
  EXPECT_EQ(platform("", "", "Mac14,2"), "macOS");
  EXPECT_EQ(platform("Toaster1,1"), "?");
  EXPECT_EQ(platform(""), "?");
}

CommandReport report(const std::string& ids, const std::string& body,
                     const std::string& status = "Acknowledged") {
  const std::string plist = "<plist version=\"1.0\"><dict>" + ids + "<key>Status</key><string>" +
                            status + "</string><key>CommandUUID</key><string>C</string>" + body +
                            "</dict></plist>";
  auto parsed = parse_report(as_bytes(plist));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *std::move(parsed);
}
constexpr auto device_id = "<key>UDID</key><string>D1</string>";
constexpr auto answers =
    "<key>QueryResponses</key><dict><key>OSVersion</key><string>15.2</string>"
    "<key>IsSupervised</key><true/><key>DeviceCapacity</key><integer>500</integer>"
    "<key>BatteryLevel</key><real>-1</real><key>Model</key><integer>7</integer>"
    "<key>Unknown</key><array/></dict>";

TEST(FactSources, ReportsSayWhatTheyKnow) {
  const auto facts = report(device_id, answers).facts;
  EXPECT_EQ(facts.known().size(), 3U);
  EXPECT_EQ(*facts.text(Fact::os_version), "15.2");
  EXPECT_TRUE(*facts.yes_no(Fact::supervised));
  EXPECT_EQ(std::get<double>(facts.find(Fact::capacity_gb)->value), 500);
  const auto security =
      report(device_id,
             "<key>SecurityInfo</key><dict><key>FDE_Enabled</key><true/><key>FirewallSettings</key>"
             "<dict><key>FirewallEnabled</key><false/></dict><key>SecureBoot</key><string/>"
             "<key>ManagementStatus</key><dict><key>EnrolledViaDEP</key><true/></dict></dict>")
          .facts;
  EXPECT_EQ(security.known().size(), 3U);
  EXPECT_TRUE(*security.yes_no(Fact::filevault_enabled));
  EXPECT_FALSE(*security.yes_no(Fact::firewall_enabled));
  EXPECT_TRUE(*security.yes_no(Fact::enrolled_via_dep));
}

TEST(FactSources, OthersSayNothing) {
  EXPECT_TRUE(report(device_id, answers, "Error").facts.empty());
  EXPECT_TRUE(report(device_id, "<key>QueryResponses</key><array/>").facts.empty());
  EXPECT_TRUE(report(device_id, "").facts.empty());
  const std::string user = std::string(device_id) + "<key>UserID</key><string>U1</string>";
  EXPECT_TRUE(report(user, answers).facts.empty());
}

}  // namespace
}  // namespace bramley
