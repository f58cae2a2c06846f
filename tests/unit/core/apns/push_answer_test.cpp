#include "core/apns/push_answer.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using Fault = BatchAnswer::Fault;

PushAnswer read(int status, std::string_view body = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"apns-id", "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D"}};
  response.body = to_bytes(body);
  return read_push_answer({std::move(response)});
}

PushAnswer read_error(ErrorCode code, Fault fault) {
  return read_push_answer({Error{code, "connect to x: no"}, fault});
}

TEST(PushAnswer, OneThatWasSentHasApplesId) {
  const PushAnswer answer = read(200);
  EXPECT_EQ(answer.kind, Kind::sent);
  EXPECT_EQ(answer.notification_id, "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D");
  EXPECT_EQ(answer.problem, "");
}

TEST(PushAnswer, AnIdIsShortAndPlain) {
  HttpResponse response;
  response.headers = {{"apns-id", "\x01" + std::string(1000, 'x')}};
  EXPECT_EQ(read_push_answer({std::move(response)}).notification_id, "?" + std::string(63, 'x'));
}

TEST(PushAnswer, UnregisteredSaysSinceWhen) {
  const PushAnswer answer = read(410, R"({"reason":"Unregistered","timestamp":1700000000123})");
  EXPECT_EQ(answer.kind, Kind::unregistered);
  EXPECT_EQ(answer.unregistered_at, Timestamp(std::chrono::seconds(1'700'000'000)));
  EXPECT_EQ(answer.problem,
            "push HTTP status: 410: APNs push error: Unregistered, as of 2023-11-14T22:13:20Z");
}

TEST(PushAnswer, TheTimeMayBeInSecondsMissingOrNone) {
  EXPECT_EQ(read(410, R"({"timestamp":1700000000})").unregistered_at,
            Timestamp(std::chrono::seconds(1'700'000'000)));
  EXPECT_FALSE(read(410).unregistered_at);
  EXPECT_FALSE(read(410, R"({"timestamp":"1700000000"})").unregistered_at);
  EXPECT_FALSE(read(410, R"({"timestamp":1.5})").unregistered_at);
}

TEST(PushAnswer, EachRefusalHasItsKind) {
  const auto kind = [](int status, const std::string& reason) {
    return read(status, R"({"reason":")" + reason + R"("})").kind;
  };
  EXPECT_EQ(kind(400, "BadDeviceToken"), Kind::bad_token);
  EXPECT_EQ(kind(400, "DeviceTokenNotForTopic"), Kind::bad_token);
  EXPECT_EQ(kind(400, "TopicDisallowed"), Kind::certificate);
  EXPECT_EQ(kind(403, "BadCertificate"), Kind::certificate);
  EXPECT_EQ(kind(403, "BadCertificateEnvironment"), Kind::certificate);
  EXPECT_EQ(kind(429, "TooManyRequests"), Kind::too_many);
  EXPECT_EQ(kind(500, "InternalServerError"), Kind::server_trouble);
  EXPECT_EQ(kind(503, "Shutdown"), Kind::server_trouble);
  EXPECT_EQ(kind(400, "PayloadEmpty"), Kind::refused);
  EXPECT_EQ(kind(404, "BadPath"), Kind::refused);
  EXPECT_EQ(kind(301, ""), Kind::refused);
}

TEST(PushAnswer, WhatIsNoJsonOnlyLacksAReason) {
  for (const std::string& body :
       {std::string("<html>"), std::string("[]"), std::string("{\"reason\":1}"),
        std::string("\xff"), "{\"reason\":\"" + std::string(5000, 'x') + "\"}"}) {
    EXPECT_EQ(read(503, body).problem, "push HTTP status: 503") << body.substr(0, 20);
  }
  EXPECT_EQ(read(400, "{\"reason\":\"a\\nb\"}").problem,
            "push HTTP status: 400: APNs push error: a?b");
}

TEST(PushAnswer, WithoutAnAnswerTheFaultSaysHowFarItGot) {
  EXPECT_EQ(read_error(ErrorCode::unavailable, Fault::no_connection).kind, Kind::no_connection);
  EXPECT_EQ(read_error(ErrorCode::unavailable, Fault::connection_lost).kind, Kind::connection_lost);
  EXPECT_EQ(read_error(ErrorCode::unavailable, Fault::late).kind, Kind::late);
  EXPECT_EQ(read_error(ErrorCode::malformed, Fault::impossible).kind, Kind::refused);
  EXPECT_EQ(read_error(ErrorCode::malformed, Fault::no_connection).kind, Kind::certificate);
  // TLS 1.3 refuses a client's certificate only after the handshake.
  EXPECT_EQ(read_error(ErrorCode::unauthenticated, Fault::connection_lost).kind, Kind::certificate);
  EXPECT_EQ(read_error(ErrorCode::unavailable, Fault::late).problem, "connect to x: no");
}

}  // namespace
}  // namespace bramley
