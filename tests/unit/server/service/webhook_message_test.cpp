#include "server/service/webhook_message.h"

#include <gmock/gmock.h>

#include "core/base/encoding.h"
#include "server/service/message_secrets.h"

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::Not;

Event event_of(const EnrollmentId& id, const std::string& topic) {
  Event event{id};
  event.id = "0123456789abcdef";
  event.topic = topic;
  event.created_at = Timestamp(std::chrono::seconds(1'795'478'400));
  return event;
}

std::string nano(const Event& event, std::string_view message = "<plist/>") {
  return to_text(webhook_request("https://h/", event, as_bytes(message), {}).body);
}
std::string micro(const Event& event, std::string_view message = "<plist/>") {
  WebhookTerms terms;
  terms.format = WebhookFormat::micromdm;
  return to_text(webhook_request("https://h/", event, as_bytes(message), terms).body);
}

// mdm.md §1.8; the order is that of NanoMDM's generated types.
TEST(WebhookMessage, CheckInsLookAsNanoMdmWritesThem) {
  Event event = event_of(EnrollmentId::device("U&1"), "mdm.TokenUpdate");
  event.token_update_tally = 1;
  event.query = "z=1&a=x+y%21&a=second&bad=%zz";
  EXPECT_EQ(nano(event),
            R"({"checkin_event":{"ids":{"id":"U\u00261","type":"Device"},)"
            R"("raw_payload":"PHBsaXN0Lz4=","token_update_tally":1,"udid":"U\u00261",)"
            R"("url_params":{"a":"x y!","z":"1"}},"created_at":"2026-11-24T00:00:00Z",)"
            R"("event_id":"0123456789abcdef","topic":"mdm.TokenUpdate"})");
}

TEST(WebhookMessage, ReportsLookAsNanoMdmWritesThem) {
  Event event = event_of(EnrollmentId::restore(EnrollmentType::user_enrollment, "E1:U1", "E1"),
                         "mdm.Connect");
  event.status = "Acknowledged";
  event.command_uuid = "C1";
  EXPECT_EQ(nano(event), R"({"acknowledge_event":{"command_uuid":"C1","enrollment_id":"E1",)"
                         R"("ids":{"id":"E1:U1","parent_id":"E1","type":"User Enrollment"},)"
                         R"("raw_payload":"PHBsaXN0Lz4=","status":"Acknowledged"},)"
                         R"("created_at":"2026-11-24T00:00:00Z","event_id":"0123456789abcdef",)"
                         R"("topic":"mdm.Connect"})");
}

TEST(WebhookMessage, CheckInsLookAsMicroMdmWritesThem) {
  EXPECT_EQ(micro(event_of(EnrollmentId::device("U1"), "mdm.Authenticate")),
            "{\n"
            "  \"topic\": \"mdm.Authenticate\",\n"
            "  \"event_id\": \"0123456789abcdef\",\n"
            "  \"created_at\": \"2026-11-24T00:00:00Z\",\n"
            "  \"checkin_event\": {\n"
            "    \"udid\": \"U1\",\n"
            "    \"url_params\": null,\n"
            "    \"raw_payload\": \"PHBsaXN0Lz4=\"\n"
            "  }\n"
            "}");
}

TEST(WebhookMessage, ReportsLookAsMicroMdmWritesThem) {
  Event event = event_of(EnrollmentId::device("U1"), "mdm.Connect");
  event.status = "Idle";
  event.query = "a=1";
  EXPECT_EQ(micro(event),
            "{\n"
            "  \"topic\": \"mdm.Connect\",\n"
            "  \"event_id\": \"0123456789abcdef\",\n"
            "  \"created_at\": \"2026-11-24T00:00:00Z\",\n"
            "  \"acknowledge_event\": {\n"
            "    \"udid\": \"U1\",\n"
            "    \"status\": \"Idle\",\n"
            "    \"url_params\": {\n"
            "      \"a\": \"1\"\n"
            "    },\n"
            "    \"raw_payload\": \"PHBsaXN0Lz4=\"\n"
            "  }\n"
            "}");
}

// printf %s BODY | openssl dgst -sha256 -hmac key -binary | base64
TEST(WebhookMessage, IsSigned) {
  const Event event = event_of(EnrollmentId::device("U1"), "mdm.CheckOut");
  WebhookTerms terms;
  EXPECT_FALSE(webhook_request("https://h/", event, {}, terms).headers.find("X-Hmac-Signature"));
  terms.hmac_key = std::make_shared<const SecretBytes>(std::string_view("key"));
  const HttpRequest request = webhook_request("https://h/", event, {}, terms);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "https://h/");
  EXPECT_EQ(request.headers.find("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(to_text(request.body),
            R"({"checkin_event":{"ids":{"id":"U1","type":"Device"},"raw_payload":"","udid":"U1"},)"
            R"("created_at":"2026-11-24T00:00:00Z","event_id":"0123456789abcdef",)"
            R"("topic":"mdm.CheckOut"})");
  EXPECT_EQ(request.headers.find("X-Hmac-Signature"),
            "9I9kvXIsa0ameyHGspCgsdwKIUa4ejg/5T1Z8B2kf7w=");
}

TEST(WebhookMessage, SecretsAreLeftOut) {
  constexpr std::string_view message =
      R"(<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>
      <key>MessageType</key><string>TokenUpdate</string>
      <key>UnlockToken</key><data>c2VjcmV0</data>
      <key>Token</key><data>c2VjcmV0</data>
      <key>PushMagic</key><string>secret</string>
      <key>QueryResponses</key><dict>
        <key>Model</key><string>Mac15,3</string>
        <key>List</key><array><dict>
          <key>BypassCode</key><string>secret</string><key>Name</key><string>a</string>
        </dict></array>
      </dict></dict></plist>)";
  const std::string cleaned = to_text(without_secrets(as_bytes(message)));
  EXPECT_THAT(cleaned, HasSubstr("TokenUpdate"));
  EXPECT_THAT(cleaned, HasSubstr("Mac15,3"));
  EXPECT_THAT(cleaned, HasSubstr("Name"));
  for (const char* gone : {"secret", "c2VjcmV0", "UnlockToken", "PushMagic", "BypassCode"}) {
    EXPECT_THAT(cleaned, Not(HasSubstr(gone)));
  }
  EXPECT_TRUE(without_secrets(as_bytes("no plist")).empty());

  WebhookTerms terms;
  terms.secrets = WebhookTerms::Secrets::leave_out;
  const Event event = event_of(EnrollmentId::device("U1"), "mdm.TokenUpdate");
  const HttpRequest request = webhook_request("https://h/", event, as_bytes(message), terms);
  EXPECT_THAT(to_text(request.body), HasSubstr(encode_base64(as_bytes(cleaned))));
}

TEST(WebhookMessage, TheIdComesFromTheUrl) {
  EXPECT_EQ(webhook_id("https://h/").size(), 12U);
  EXPECT_NE(webhook_id("https://h/"), webhook_id("https://h/2"));
}

TEST(WebhookMessage, IdleIsLeftOutWhereItIsNotWanted) {
  WebhookDefinition webhook{.idle = false};
  Event event = event_of(EnrollmentId::device("U1"), "mdm.Connect");
  event.status = "Idle";
  EXPECT_FALSE(is_told(event, webhook_terms(webhook)));
  event.status = "Acknowledged";
  EXPECT_TRUE(is_told(event, webhook_terms(webhook)));
  webhook.idle = true;
  event.status = "Idle";
  EXPECT_TRUE(is_told(event, webhook_terms(webhook)));
  webhook.format = WebhookFormat::micromdm;
  EXPECT_FALSE(
      is_told(event_of(EnrollmentId::device("U1"), "mdm.GetToken"), webhook_terms(webhook)));
}

}  // namespace
}  // namespace bramley
