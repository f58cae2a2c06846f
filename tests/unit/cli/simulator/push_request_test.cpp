#include "cli/simulator/push_request.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

constexpr std::string_view topic = "com.apple.mgmt.External.t";

PushRequest good_request() {
  return {{{":method", "POST"},
           {":path", "/3/device/00ff"},
           {"apns-topic", std::string(topic)},
           {"apns-push-type", "mdm"},
           {"apns-priority", "10"},
           {"apns-expiration", "1800000000"}},
          R"({"mdm":"magic"})"};
}

// "400 Reason"
std::string refusal(const PushRequest& request) {
  const auto read = read_push_request(request, topic);
  const auto* answer = std::get_if<PushAnswer>(&read);
  return answer == nullptr ? "taken" : std::to_string(answer->status) + " " + answer->reason;
}

std::string refusal_with(const std::string& header, const std::string& value) {
  PushRequest request = good_request();
  request.headers[header] = value;
  return refusal(request);
}

TEST(PushRequest, WhatMdmSendsIsTaken) {
  const auto read = read_push_request(good_request(), topic);
  const auto& push = std::get<PushNotification>(read);
  EXPECT_EQ(push.token, "00ff");
  EXPECT_EQ(push.magic, "magic");
  EXPECT_EQ(push.topic, topic);
  EXPECT_EQ(push.expiration, Timestamp(std::chrono::seconds(1800000000)));
}

TEST(PushRequest, EachFaultHasApplesReason) {
  EXPECT_EQ(refusal_with(":method", "PUT"), "405 MethodNotAllowed");
  EXPECT_EQ(refusal_with(":path", "/2/device/00ff"), "404 BadPath");
  EXPECT_EQ(refusal_with(":path", "/3/device/00FF"), "400 BadDeviceToken");
  EXPECT_EQ(refusal_with(":path", "/3/device/0"), "400 BadDeviceToken");
  EXPECT_EQ(refusal_with(":path", "/3/device/" + std::string(202, 'a')), "400 BadDeviceToken");
  EXPECT_EQ(refusal_with("apns-push-type", "alert"), "400 InvalidPushType");
  EXPECT_EQ(refusal_with("apns-priority", "1"), "400 BadPriority");
  EXPECT_EQ(refusal_with("apns-expiration", "soon"), "400 BadExpirationDate");
  EXPECT_EQ(refusal_with("apns-expiration", "-1"), "400 BadExpirationDate");
  EXPECT_EQ(refusal_with("apns-topic", ""), "400 MissingTopic");
  EXPECT_EQ(refusal_with("apns-topic", "com.apple.mgmt.External.u"), "400 TopicDisallowed");
}

TEST(PushRequest, ThePayloadIsTheMagicAlone) {
  for (const auto* body : {"", "{}", "[]", "magic", R"({"mdm":1})", R"({"mdm":"m","aps":{}})"}) {
    PushRequest request = good_request();
    request.body = body;
    EXPECT_EQ(refusal(request), "400 PayloadEmpty") << body;
  }
  PushRequest request = good_request();
  request.body = R"({"mdm":")" + std::string(push_body_limit, 'x') + R"("})";
  EXPECT_EQ(refusal(request), "413 PayloadTooLarge");
}

TEST(PushRequest, AnAnswerSaysWhyAndSinceWhenInMilliseconds) {
  EXPECT_EQ(PushAnswer{}.body(), "");
  EXPECT_EQ((PushAnswer{400, "BadPath"}.body()), R"({"reason":"BadPath"})");
  EXPECT_EQ((PushAnswer{410, "Unregistered", Timestamp(std::chrono::seconds(1700000000))}.body()),
            R"({"reason":"Unregistered","timestamp":1700000000000})");
}

}  // namespace
}  // namespace bramley
