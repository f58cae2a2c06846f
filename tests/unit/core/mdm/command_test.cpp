#include "core/mdm/command.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base/file.h"
#include "core/plist/plist_document.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

Bytes document_of(const PlistDictionary& message) {
  return write_plist_xml(message).value();
}
PlistDictionary command_of(const PlistValue& uuid, const PlistValue& request_type) {
  return PlistDictionary(
      {{"Command", PlistDictionary({{"RequestType", request_type}})}, {"CommandUUID", uuid}});
}

TEST(Command, IsKeptByteForByte) {
  // Indented, commented and ordered as nobody would write it again.
  const Bytes document = to_bytes(
      "<plist><dict><!-- mine -->\r\n<key>CommandUUID</key>  <string>0001_ProfileList</string>"
      "<key>Command</key><dict><key>RequestType</key><string>ProfileList</string></dict>"
      "</dict></plist>");
  const auto command = parse_command(document);
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_EQ(command->uuid, "0001_ProfileList");
  EXPECT_EQ(command->request_type, "ProfileList");
  EXPECT_EQ(command->plist, document);
}

TEST(Command, NamesAreBounded) {
  EXPECT_TRUE(parse_command(document_of(command_of(std::string(127, 'u'), std::string(63, 't')))));
  for (const PlistDictionary& bad :
       {command_of(std::string(128, 'u'), "T"), command_of("u", std::string(64, 't')),
        command_of("", "T"), command_of("u", ""), command_of("u\n", "T"), command_of("u", "T\t"),
        command_of(1, "T"), command_of("u", true)}) {
    const auto command = parse_command(document_of(bad));
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().code, ErrorCode::malformed);
  }
  EXPECT_FALSE(parse_command(document_of(PlistDictionary({{"CommandUUID", "u"}}))));
  EXPECT_FALSE(parse_command(
      document_of(PlistDictionary({{"CommandUUID", "u"}, {"Command", "RequestType"}}))));
  EXPECT_FALSE(parse_command(as_bytes("<plist><string/></plist>")));
}

TEST(Command, IsMadeWithAFreshUuid) {
  SeededRandom random;
  const PlistDictionary parameters(
      {{"Queries", PlistArray{"UDID", "OSVersion"}}, {"RequestType", "EraseDevice"}});
  const auto first = make_command("DeviceInformation", parameters, random);
  const auto second = make_command("DeviceInformation", parameters, random);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->uuid, second->uuid);
  EXPECT_EQ(first->uuid.size(), 36U);
  EXPECT_EQ(first->request_type, "DeviceInformation");
  const auto root = parse_plist_dictionary(first->plist);
  const PlistDictionary& inner = *root->find("Command")->dictionary();
  EXPECT_EQ(*inner.find("RequestType")->string(), "DeviceInformation");
  EXPECT_EQ(*inner.find("Queries"), *parameters.find("Queries"));
  EXPECT_FALSE(make_command("", {}, random));
}

TEST(CommandReport, ReadsEveryStatus) {
  const std::pair<const char*, ReportStatus> statuses[] = {
      {"NotNow", ReportStatus::not_now},
      {"Acknowledged", ReportStatus::acknowledged},
      {"Error", ReportStatus::error},
      {"CommandFormatError", ReportStatus::command_format_error},
      {"acknowledged", ReportStatus::other},
      {"Rebooting", ReportStatus::other}};
  for (const auto& [text, status] : statuses) {
    const Bytes document =
        document_of(PlistDictionary({{"UDID", "U"}, {"Status", text}, {"CommandUUID", "C"}}));
    const auto report = parse_report(document);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->status, status);
    EXPECT_EQ(report->status_text, text);
    EXPECT_EQ(report->command_uuid, "C");
    EXPECT_EQ(report->raw, document);
    EXPECT_EQ(report->is_final(), status != ReportStatus::not_now);
  }
}

TEST(CommandReport, IdleNamesNoCommand) {
  const auto report = parse_report(document_of(
      PlistDictionary({{"UDID", "U"}, {"Status", "Idle"}, {"CommandUUID", "ignored"}})));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status, ReportStatus::idle);
  EXPECT_EQ(report->command_uuid, "");
  EXPECT_FALSE(report->is_final());
}

TEST(CommandReport, RefusesWhatItCannotUnderstand) {
  for (const PlistDictionary& bad :
       {PlistDictionary({{"UDID", "U"}}), PlistDictionary({{"UDID", "U"}, {"Status", ""}}),
        PlistDictionary({{"UDID", "U"}, {"Status", 1}}), PlistDictionary({{"Status", "Idle"}}),
        PlistDictionary({{"UDID", "U"}, {"Status", "Acknowledged"}}),
        PlistDictionary({{"UDID", "U"}, {"Status", "NotNow"}, {"CommandUUID", ""}}),
        PlistDictionary({{"UDID", "U"}, {"Status", "Error"}, {"CommandUUID", 5}}),
        PlistDictionary(
            {{"UDID", "U"}, {"Status", std::string(256, 's')}, {"CommandUUID", "C"}})}) {
    const auto report = parse_report(document_of(bad));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::malformed);
  }
}

TEST(ErrorChain, PrefersEnglishAndSkipsWhatIsBroken) {
  const PlistDictionary report(
      {{"ErrorChain", PlistArray{PlistDictionary({{"ErrorCode", -909},
                                                  {"ErrorDomain", "NSOSStatusErrorDomain"},
                                                  {"LocalizedDescription", "Fehler"},
                                                  {"USEnglishDescription", "Error"}}),
                                 "no dictionary",
                                 PlistDictionary({{"ErrorCode", "no number"},
                                                  {"LocalizedDescription", "Nur hier"}})}}});
  const auto chain = error_chain(report);
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].code, -909);
  EXPECT_EQ(chain[0].domain, "NSOSStatusErrorDomain");
  EXPECT_EQ(chain[0].description, "Error");
  EXPECT_EQ(chain[1].code, 0);
  EXPECT_EQ(chain[1].description, "Nur hier");
  EXPECT_TRUE(error_chain({}).empty());
  EXPECT_TRUE(error_chain(PlistDictionary({{"ErrorChain", "x"}})).empty());
}

TEST(CommandReport, VectorsOfOthers) {
  const char* const folder = std::getenv("BRAMLEY_VECTORS");
  if (folder == nullptr) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  const Bytes failed = *read_file(std::string(folder) + "/resp-error.plist");
  const auto report = parse_report(failed);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->status, ReportStatus::error);
  EXPECT_EQ(report->command_uuid, "D053EE3A-EE0E-4E82-87D2-BB3624186694");
  const auto chain = error_chain(*parse_plist_dictionary(failed));
  ASSERT_EQ(chain.size(), 1U);
  EXPECT_EQ(chain[0].code, -909);
  const auto list = parse_report(*read_file(std::string(folder) + "/certlist.plist"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->status, ReportStatus::acknowledged);
}

}  // namespace
}  // namespace bramley
