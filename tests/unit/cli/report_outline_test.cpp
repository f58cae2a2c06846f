#include "cli/report_outline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command_report.h"
#include "core/base/encoding.h"

namespace bramley {
namespace {

Json result_with(const std::string& plist_of_answer) {
  const std::string plist =
      "<plist version=\"1.0\"><dict><key>Status</key><string>Acknowledged"
      "</string>" +
      plist_of_answer + "</dict></plist>";
  return {{"state", "acknowledged"}, {"report_plist", encode_base64(as_bytes(plist))}};
}

TEST(ReportOutlineTest, DataIsToldByItsSizeAndDatesAsTimes) {
  const Json answer = answer_for_people(
      result_with("<key>Small</key><data>AP8=</data><key>When</key><date>2026-11-24T03:06:13Z"
                  "</date><key>Large</key><data>" +
                  encode_base64(Bytes(1234)) + "</data><key>On</key><true/>"),
      Secrets::hidden);
  EXPECT_EQ(
      answer_outline(answer, std::nullopt),
      "Small  data, 2 bytes\nWhen   2026-11-24T03:06:13Z\nLarge  data, 1.2 KiB\nOn     yes\n");
}

TEST(ReportOutlineTest, WhatOpensADeviceIsHidden) {
  const Json result = result_with(
      "<key>ActivationLockBypassCode</key><string>TOP-SECRET</string><key>RotateResult</key><dict>"
      "<key>NewRecoveryKey</key><string>TOP-SECRET</string></dict>");
  const std::string hidden = answer_outline(answer_for_people(result, Secrets::hidden), 80);
  EXPECT_EQ(hidden.find("TOP-SECRET"), std::string::npos);
  EXPECT_NE(hidden.find("--show-secrets"), std::string::npos);
  const std::string shown = answer_outline(answer_for_people(result, Secrets::shown), 80);
  EXPECT_NE(shown.find("ActivationLockBypassCode  TOP-SECRET"), std::string::npos);
  EXPECT_NE(shown.find("NewRecoveryKey  TOP-SECRET"), std::string::npos);
}

TEST(ReportOutlineTest, ListsOfLikeDictionariesAreTables) {
  const Json answer = {
      {"Count", 2},
      {"InstalledApplicationList",
       {{{"Identifier", "org.a"}, {"Version", "1.2"}, {"Name", "Able"}, {"BundleSize", 7}},
        {{"Identifier", "org.b"}, {"Version", "12"}, {"Name", "Baker"}, {"Installing", true}}}}};
  EXPECT_EQ(answer_outline(answer, std::nullopt),
            "Count  2\n"
            "InstalledApplicationList\n"
            "  Name   Identifier  Version  BundleSize  Installing\n"
            "  Able   org.a       1.2      7           -\n"
            "  Baker  org.b       12       -           yes\n");
}

TEST(ReportOutlineTest, ATableFitsTheTerminalAndSaysWhatItLeavesOut) {
  const Json answer = {{"List",
                        {{{"Name", "a"}, {"One", 1}, {"Two", {{"x", 1}}}, {"Three", "c"}},
                         {{"Name", "b"}, {"One", 2}, {"Three", std::string(60, 'd')}}}}};
  const std::string text = answer_outline(answer, 24);
  EXPECT_EQ(text,
            "List\n"
            "  Name  One\n"
            "  a     1\n"
            "  b     2\n"
            "  Not shown (-o json has\n"
            "  it): Two, Three\n");
}

TEST(ReportOutlineTest, OtherListsStayOutlines) {
  const Json one = {{"ProfileList", {{{"PayloadIdentifier", "org.example"}}}}};
  EXPECT_EQ(answer_outline(one, std::nullopt), "ProfileList\n  - PayloadIdentifier  org.example\n");
  const Json unlike = {{"Things", {{{"a", 1}, {"b", 2}}, {{"c", 3}, {"d", 4}}}}};
  EXPECT_NE(answer_outline(unlike, std::nullopt).find("  - A  1\n"), std::string::npos);
}

// It was taken for a list of dictionaries, and lost its names.
TEST(ReportOutlineTest, ADictionaryOfDictionariesIsNoTable) {
  const Json answer = {{"Outer", {{"First", {{"X", 1}}}, {"Second", {{"X", 2}}}}}};
  EXPECT_EQ(answer_outline(answer, std::nullopt), "Outer\n  First\n    X  1\n  Second\n    X  2\n");
}

TEST(ReportOutlineTest, TablesInADictionaryAreTablesToo) {
  const Json answer = {{"Outer", {{"Plain", 1}, {"List", {{{"a", 1}}, {{"a", 2}}}}}}};
  EXPECT_EQ(answer_outline(answer, std::nullopt),
            "Outer\n  Plain  1\n  List\n    a\n    1\n    2\n");
}

TEST(ReportOutlineTest, ControlCharactersOfADeviceAreEscaped) {
  const Json answer = {{"L\x1b", {{{"\x1b[2J", "x\n"}}, {{"\x1b[2J", "\x1b"}}}}};
  EXPECT_EQ(answer_outline(answer, 60).find('\x1b'), std::string::npos);
}

TEST(ReportOutlineTest, SizesInWords) {
  EXPECT_EQ(size_in_words(1), "1 byte");
  EXPECT_EQ(size_in_words(1023), "1023 bytes");
  EXPECT_EQ(size_in_words(1024), "1.0 KiB");
  EXPECT_EQ(size_in_words(5U << 20U), "5.0 MiB");
}

TEST(CommandReportTest, WhatIsAlikeHasTheSameGist) {
  const Json chain = {{{"code", 4001},
                       {"domain", "MCInstallationErrorDomain"},
                       {"description", "It could not be installed"}}};
  const Json first = {{"enrollment_id", "A"}, {"state", "error"}, {"error_chain", chain}};
  const Json second = {{"enrollment_id", "B"}, {"state", "error"}, {"error_chain", chain}};
  EXPECT_EQ(command_result_gist(first), command_result_gist(second));
  EXPECT_EQ(command_result_gist(first),
            "The device could not do it: It could not be installed. "
            "(MCInstallationErrorDomain 4001)");
  EXPECT_EQ(command_result_gist({{"state", "acknowledged"}}), "Done.");
  EXPECT_EQ(command_result_gist({{"state", "other"}, {"status", "Odd"}}),
            "The device answered Odd.");
}

}  // namespace
}  // namespace bramley
