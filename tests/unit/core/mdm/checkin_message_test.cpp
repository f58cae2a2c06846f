#include "core/mdm/checkin_message.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base/file.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

Bytes document_of(const PlistDictionary& message) {
  return write_plist_xml(message).value();
}
Result<CheckinMessage> parse(const PlistDictionary& message) {
  return parse_checkin(document_of(message));
}
PlistDictionary message_of(const char* type, std::initializer_list<PlistDictionary::Entry> more) {
  PlistDictionary message({{"MessageType", type}, {"UDID", "U"}});
  for (const auto& [key, value] : more) {
    message.set(key, value);
  }
  return message;
}
void expect_refused(const PlistDictionary& message, const std::string& why) {
  const auto checkin = parse(message);
  ASSERT_FALSE(checkin) << why;
  EXPECT_EQ(checkin.error().code, ErrorCode::malformed);
  EXPECT_NE(checkin.error().message.find(why), std::string::npos) << checkin.error().message;
}

TEST(CheckinMessage, Authenticate) {
  const auto document =
      document_of(message_of("Authenticate", {{"Topic", "com.apple.mgmt.External.x"},
                                              {"SerialNumber", "C02"},
                                              {"DeviceName", "Mac \xF0\x9F\x98\x80"},
                                              {"Model", "Mac15,3"},
                                              {"ModelName", "MacBook Pro"},
                                              {"ProductName", "Mac15,3"},
                                              {"OSVersion", "15.1"},
                                              {"BuildVersion", "24B83"},
                                              {"IMEI", "unknown keys pass"}}));
  const auto checkin = parse_checkin(document);
  ASSERT_TRUE(checkin) << checkin.error().message;
  EXPECT_EQ(checkin->type_name(), "Authenticate");
  EXPECT_EQ(checkin->enrollment, EnrollmentId::device("U"));
  EXPECT_EQ(checkin->raw, document);
  const auto& body = std::get<Authenticate>(checkin->body);
  EXPECT_EQ(body.topic, "com.apple.mgmt.External.x");
  EXPECT_EQ(body.serial_number, "C02");
  EXPECT_EQ(body.device_name, "Mac \xF0\x9F\x98\x80");
  EXPECT_EQ(body.model, "Mac15,3");
  EXPECT_EQ(body.model_name, "MacBook Pro");
  EXPECT_EQ(body.product_name, "Mac15,3");
  EXPECT_EQ(body.os_version, "15.1");
  EXPECT_EQ(body.build_version, "24B83");
}

TEST(CheckinMessage, TokenUpdate) {
  const auto checkin = parse(message_of("TokenUpdate", {{"Topic", "t"},
                                                        {"PushMagic", "m"},
                                                        {"Token", Bytes{1, 2}},
                                                        {"UnlockToken", Bytes{3}},
                                                        {"AwaitingConfiguration", true},
                                                        {"UserID", "V"},
                                                        {"UserShortName", "vera"},
                                                        {"UserLongName", "Vera V."}}));
  ASSERT_TRUE(checkin) << checkin.error().message;
  EXPECT_EQ(checkin->enrollment, EnrollmentId::user("U", "V"));
  const auto& body = std::get<TokenUpdate>(checkin->body);
  EXPECT_EQ(body.topic, "t");
  EXPECT_EQ(body.push_magic, "m");
  EXPECT_EQ(body.token, (Bytes{1, 2}));
  EXPECT_EQ(body.unlock_token->reveal_text(), "\x03");
  EXPECT_TRUE(body.awaiting_configuration);
  EXPECT_EQ(body.user_short_name, "vera");
  EXPECT_EQ(body.user_long_name, "Vera V.");
}

// A later message leaves it out or sends it empty, and what we have must stay (trap 16).
TEST(CheckinMessage, AnEmptyUnlockTokenIsNone) {
  for (const PlistDictionary& message :
       {message_of("TokenUpdate", {{"Token", Bytes{1}}}),
        message_of("TokenUpdate", {{"Token", Bytes{1}}, {"UnlockToken", Bytes()}})}) {
    const auto checkin = parse(message);
    ASSERT_TRUE(checkin);
    EXPECT_FALSE(std::get<TokenUpdate>(checkin->body).unlock_token.has_value());
  }
}

TEST(CheckinMessage, BootstrapTokens) {
  const auto set = parse(message_of("SetBootstrapToken", {{"BootstrapToken", Bytes{7}}}));
  ASSERT_TRUE(set);
  EXPECT_EQ(std::get<SetBootstrapToken>(set->body).token->size(), 1U);
  for (const PlistDictionary& message :
       {message_of("SetBootstrapToken", {}),
        message_of("SetBootstrapToken", {{"BootstrapToken", Bytes()}})}) {
    const auto forget = parse(message);
    ASSERT_TRUE(forget);
    EXPECT_FALSE(std::get<SetBootstrapToken>(forget->body).token.has_value());
  }
  EXPECT_EQ(parse(message_of("GetBootstrapToken", {}))->type_name(), "GetBootstrapToken");
}

TEST(CheckinMessage, TheOthers) {
  EXPECT_EQ(parse(message_of("CheckOut", {}))->type_name(), "CheckOut");
  const auto user =
      parse(message_of("UserAuthenticate", {{"UserID", "V"}, {"DigestResponse", "d"}}));
  EXPECT_EQ(std::get<UserAuthenticate>(user->body).digest_response, "d");
  const auto declarative = parse(
      message_of("DeclarativeManagement", {{"Endpoint", "tokens"}, {"Data", Bytes{'{', '}'}}}));
  EXPECT_EQ(std::get<DeclarativeManagement>(declarative->body).endpoint, "tokens");
  EXPECT_EQ(std::get<DeclarativeManagement>(declarative->body).data.size(), 2U);
  const auto token = parse(message_of("GetToken", {{"TokenServiceType", "com.apple.maid"}}));
  EXPECT_EQ(std::get<GetToken>(token->body).service_type, "com.apple.maid");
}

TEST(CheckinMessage, RefusesWhatItCannotUnderstand) {
  expect_refused(PlistDictionary({{"UDID", "U"}}), "MessageType: missing");
  expect_refused(message_of("Reboot", {}), "unknown: Reboot");
  expect_refused(message_of("authenticate", {}), "unknown");
  expect_refused(PlistDictionary({{"MessageType", "CheckOut"}}), "neither");
  expect_refused(PlistDictionary({{"MessageType", 1}, {"UDID", "U"}}), "MessageType: not a string");
  expect_refused(message_of("Authenticate", {{"SerialNumber", 1}}), "SerialNumber: not a string");
  expect_refused(message_of("TokenUpdate", {}), "Token: missing");
  expect_refused(message_of("TokenUpdate", {{"Token", Bytes()}}), "Token: missing");
  expect_refused(message_of("TokenUpdate", {{"Token", "AQI="}}), "Token: not data");
  expect_refused(message_of("TokenUpdate", {{"Token", Bytes{1}}, {"UnlockToken", "x"}}),
                 "UnlockToken: not data");
  expect_refused(message_of("TokenUpdate", {{"Token", Bytes{1}}, {"AwaitingConfiguration", 1}}),
                 "AwaitingConfiguration: not a boolean");
  expect_refused(message_of("DeclarativeManagement", {}), "Endpoint: missing");
  expect_refused(message_of("GetToken", {}), "TokenServiceType: missing");
  EXPECT_FALSE(parse_checkin(as_bytes("")));
  EXPECT_FALSE(parse_checkin(as_bytes("<plist><array/></plist>")));
}

// An iPad's own message, as devices of 2016 wrote it: tabs, base64 over several lines.
TEST(CheckinMessage, ReadsTheFormThatDevicesWrite) {
  const auto checkin = parse_checkin(as_bytes(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
      "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
      "<plist version=\"1.0\">\n<dict>\n\t<key>AwaitingConfiguration</key>\n\t<false/>\n"
      "\t<key>MessageType</key>\n\t<string>TokenUpdate</string>\n"
      "\t<key>PushMagic</key>\n\t<string>00000000-0000-4000-8000-000000000000</string>\n"
      "\t<key>Token</key>\n\t<data>\n\tAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\t</data>\n"
      "\t<key>Topic</key>\n\t<string>com.apple.mgmt.External.test</string>\n"
      "\t<key>UDID</key>\n\t<string>00112233445566778899aabbccddeeff00112233</string>\n"
      "\t<key>UnlockToken</key>\n\t<data>\n\tREFUQQAABORWRVJTAAAABAAAAARU\n\tWVBFAAAABA==\n\t</"
      "data>\n"
      "</dict>\n</plist>\n"));
  ASSERT_TRUE(checkin) << checkin.error().message;
  EXPECT_EQ(checkin->enrollment.value(), "00112233445566778899aabbccddeeff00112233");
  const auto& body = std::get<TokenUpdate>(checkin->body);
  EXPECT_EQ(body.token.size(), 32U);
  EXPECT_EQ(body.token.back(), 31);
  EXPECT_EQ(body.unlock_token->size(), 28U);
  EXPECT_FALSE(body.awaiting_configuration);
}

TEST(CheckinMessage, VectorsOfOthers) {
  const char* const folder = std::getenv("BRAMLEY_VECTORS");
  if (folder == nullptr) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  const std::string path(folder);
  const auto authenticate = parse_checkin(*read_file(path + "/Authenticate.1.plist"));
  ASSERT_TRUE(authenticate) << authenticate.error().message;
  EXPECT_EQ(authenticate->enrollment.value(), "663b07bb783e9ade1dae4fbb92ea12afc0ce5b69");
  EXPECT_EQ(std::get<Authenticate>(authenticate->body).topic,
            "com.apple.mgmt.External.e0bd1eac-1f17-4c8e-8a63-dd17d3dd35d9");
  EXPECT_EQ(std::get<Authenticate>(authenticate->body).serial_number, "F5JM992LF193");
  const auto update = parse_checkin(*read_file(path + "/TokenUpdate.1.plist"));
  ASSERT_TRUE(update) << update.error().message;
  EXPECT_EQ(std::get<TokenUpdate>(update->body).token.size(), 32U);
  EXPECT_GT(std::get<TokenUpdate>(update->body).unlock_token->size(), 1000U);
  const auto token = parse_checkin(*read_file(path + "/GetToken.maid.plist"));
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(std::get<GetToken>(token->body).service_type, "com.apple.maid");
}

}  // namespace
}  // namespace bramley
