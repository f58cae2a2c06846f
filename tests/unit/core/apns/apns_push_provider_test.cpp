#include "core/apns/apns_push_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_credentials.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using Fault = BatchAnswer::Fault;
using testing::HasSubstr;

constexpr const char* topic = "com.apple.mgmt.test";

// Answers as `answer` says, or keeps the requests until `release`.
class FakeBatchClient : public HttpBatchClient {
 public:
  struct Shared {
    std::vector<HttpRequest> requests;
    std::vector<HttpClientOptions> clients;
    std::function<BatchAnswer(const HttpRequest&)> answer;
    std::vector<std::function<void(BatchAnswer)>> kept;
    int destroyed = 0;
  };
  explicit FakeBatchClient(Shared& shared) : shared_(shared) {}
  ~FakeBatchClient() override { ++shared_.destroyed; }
  void send_all(std::vector<HttpRequest> requests, OnAnswer on_answer) override {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      shared_.requests.push_back(requests[i]);
      if (shared_.answer) {
        on_answer(i, shared_.answer(requests[i]));
      } else {
        shared_.kept.emplace_back(
            [on_answer, i](BatchAnswer answer) { on_answer(i, std::move(answer)); });
      }
    }
  }

 private:
  Shared& shared_;
};

BatchAnswer status(int code, std::string_view body = {}) {
  HttpResponse response;
  response.status = code;
  response.headers = {{"apns-id", "ID"}};
  response.body = to_bytes(body);
  return {std::move(response)};
}

BatchAnswer no_connection(const std::string& why = "connect to apns: connection refused") {
  return {Error{ErrorCode::unavailable, why}, Fault::no_connection};
}

class ApnsPush : public testing::Test {
 protected:
  ApnsPush() {
    shared_.answer = [](const HttpRequest&) { return status(200); };
  }

  static ApnsPushProvider::Identity identity(const std::string& name) {
    const FakeClock clock;
    SeededRandom random;
    static const auto key = *PrivateKey::generate_ec_p256();
    SelfSignedTerms terms;
    terms.subject = {{"UID", name}};
    terms.not_before = clock.now() - std::chrono::days(1);
    terms.not_after = clock.now() + std::chrono::days(365);
    return {*make_self_signed(key, terms, random), key};
  }

  std::vector<PushAnswer> push(std::size_t count = 1, const std::string& to = topic) {
    return provider_.push(
        std::vector<PushTarget>(count, PushTarget{to, "magic", {0x00, 0xAB, 0xFF}}));
  }

  FakeClock clock_;
  RecordingLog log_;
  FakeBatchClient::Shared shared_;
  std::map<std::string, ApnsPushProvider::Identity> identities_ = {{topic, identity("first")}};
  ApnsPushProvider provider_{
      {.url = "https://apns.test"},
      {.identity_of = [this](const std::string& name) -> Result<ApnsPushProvider::Identity> {
         const auto found = identities_.find(name);
         if (found == identities_.end()) {
           return Error{ErrorCode::not_found, "no push certificate of " + name};
         }
         return found->second;
       },
       .make_client =
           [this](HttpClientOptions options) {
             shared_.clients.push_back(std::move(options));
             return std::make_unique<FakeBatchClient>(shared_);
           }},
      clock_,
      log_};
};

TEST_F(ApnsPush, TheRequestIsWhatAppleWants) {
  const auto answers = push();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, Kind::sent);
  EXPECT_EQ(answers[0].notification_id, "ID");
  const HttpRequest& request = shared_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "https://apns.test/3/device/00abff");
  EXPECT_EQ(request.headers.find("apns-topic"), topic);
  EXPECT_EQ(request.headers.find("apns-push-type"), "mdm");
  EXPECT_EQ(request.headers.find("apns-priority"), "10");
  const auto week = (clock_.now() + std::chrono::days(7)).time_since_epoch().count();
  EXPECT_EQ(request.headers.find("apns-expiration"), std::to_string(week));
  EXPECT_EQ(as_text(request.body), R"({"mdm":"magic"})");
  EXPECT_EQ(shared_.clients.at(0).version, HttpClientOptions::Version::http_2);
}

TEST_F(ApnsPush, AMagicWithQuotesStaysOneString) {
  (void)provider_.push(std::vector{PushTarget{topic, "a\"},\"aps\":{\"", {1}}});
  EXPECT_EQ(as_text(shared_.requests.at(0).body), R"({"mdm":"a\"},\"aps\":{\""})");
}

TEST_F(ApnsPush, EachTopicHasOneConnectionWithItsCertificate) {
  identities_.emplace("other", identity("other"));
  (void)push(3);
  (void)push(2, "other");
  (void)push(2);
  ASSERT_EQ(shared_.clients.size(), 2U);
  EXPECT_EQ(shared_.clients[0].certificate_pem, identities_.at(topic).certificate.pem());
  EXPECT_EQ(shared_.clients[1].certificate_pem, identities_.at("other").certificate.pem());
}

TEST_F(ApnsPush, TopicsAreAnsweredInTheOrderOfTheTargets) {
  const auto answers =
      provider_.push(std::vector{PushTarget{"unknown", "m", {1}}, PushTarget{topic, "m", {2}},
                                 PushTarget{"unknown", "m", {3}}});
  EXPECT_EQ(answers[0].kind, Kind::certificate);
  EXPECT_EQ(answers[0].problem, "no push certificate of unknown");
  EXPECT_EQ(answers[1].kind, Kind::sent);
  EXPECT_EQ(answers[2].kind, Kind::certificate);
}

TEST_F(ApnsPush, ARenewedCertificateIsUsedAtOnceAndTheOldConnectionEndsWithItsWork) {
  shared_.answer = nullptr;
  std::vector<PushAnswer> answers;
  const auto collect = [&](std::size_t, PushAnswer answer) {
    answers.push_back(std::move(answer));
  };
  provider_.start({PushTarget{topic, "m", {1}}}, collect);
  identities_.at(topic) = identity("second");
  provider_.start({PushTarget{topic, "m", {2}}}, collect);
  ASSERT_EQ(shared_.clients.size(), 2U);
  EXPECT_EQ(shared_.clients[1].certificate_pem, identities_.at(topic).certificate.pem());
  provider_.start({PushTarget{topic, "m", {3}}}, collect);
  EXPECT_EQ(shared_.destroyed, 0);  // the first is unanswered on it
  shared_.kept[0](status(200));
  provider_.start({PushTarget{topic, "m", {4}}}, collect);
  EXPECT_EQ(shared_.destroyed, 1);
  EXPECT_EQ(answers.size(), 1U);
  for (std::size_t i = 1; i < shared_.kept.size(); ++i) {
    shared_.kept[i](status(200));
  }
}

TEST_F(ApnsPush, AnExpiredCertificateIsNotTried) {
  clock_.advance(std::chrono::days(366));
  const auto answers = push();
  EXPECT_EQ(answers[0].kind, Kind::certificate);
  EXPECT_THAT(answers[0].problem, HasSubstr("expired on 2027-11-24"));
  EXPECT_TRUE(shared_.requests.empty());
}

TEST_F(ApnsPush, WhereNobodyIsReachedTheNextAttemptWaitsLongerEachTime) {
  shared_.answer = [](const HttpRequest&) { return no_connection(); };
  EXPECT_EQ(push(3)[2].kind, Kind::no_connection);
  EXPECT_EQ(shared_.requests.size(), 3U);
  for (const int pause : {1, 2, 4, 8, 16, 16}) {
    const auto before = shared_.requests.size();
    clock_.advance(std::chrono::seconds(pause - 1));
    EXPECT_EQ(push()[0].problem, "connect to apns: connection refused");
    EXPECT_EQ(shared_.requests.size(), before) << pause;
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(push()[0].kind, Kind::no_connection);
    EXPECT_EQ(shared_.requests.size(), before + 1) << pause;
  }
  clock_.advance(std::chrono::seconds(16));
  shared_.answer = [](const HttpRequest&) { return status(200); };
  EXPECT_EQ(push()[0].kind, Kind::sent);
  EXPECT_EQ(push()[0].kind, Kind::sent);
}

TEST_F(ApnsPush, TroubleOfOneTopicIsNotAnothers) {
  identities_.emplace("other", identity("other"));
  shared_.answer = [](const HttpRequest& request) {
    return request.headers.find("apns-topic") == "other"
               ? status(200)
               : status(403, R"({"reason":"BadCertificate"})");
  };
  EXPECT_EQ(push()[0].kind, Kind::certificate);
  EXPECT_EQ(push(1, "other")[0].kind, Kind::sent);
  EXPECT_EQ(shared_.requests.size(), 2U);
  (void)push();
  EXPECT_EQ(shared_.requests.size(), 2U);
}

TEST_F(ApnsPush, WhatWasLostOnTheWayGoesOutOnceMore) {
  int times = 0;
  const auto lose = [&times](int most) {
    return [&times, most](const HttpRequest&) -> BatchAnswer {
      if (++times <= most) {
        return {Error{ErrorCode::unavailable, "the connection ended"}, Fault::connection_lost};
      }
      return status(200);
    };
  };
  shared_.answer = lose(1);
  EXPECT_EQ(push()[0].kind, Kind::sent);
  EXPECT_EQ(times, 2);
  EXPECT_EQ(shared_.requests[0].target, shared_.requests[1].target);
  times = 0;
  shared_.answer = lose(2);
  EXPECT_EQ(push()[0].kind, Kind::connection_lost);
  EXPECT_EQ(times, 2);
}

// Else a silent Apple for one topic would take every place from the others.
TEST_F(ApnsPush, WhereNothingIsAnsweredTheNextAttemptWaitsToo) {
  shared_.answer = [](const HttpRequest&) -> BatchAnswer {
    return {Error{ErrorCode::unavailable, "no success within 20000 ms"}, Fault::late};
  };
  EXPECT_EQ(push()[0].kind, Kind::late);
  EXPECT_EQ(push()[0].kind, Kind::late);
  EXPECT_EQ(shared_.requests.size(), 1U);
  clock_.advance(std::chrono::seconds(1));
  shared_.answer = [](const HttpRequest& request) -> BatchAnswer {
    if (request.target.ends_with("00abff")) {
      return {Error{ErrorCode::unavailable, "no success within 20000 ms"}, Fault::late};
    }
    return status(200);
  };
  const PushTarget silent{topic, "m", {0x00, 0xAB, 0xFF}};
  const PushTarget other{topic, "m", {0x01}};
  // One silent notification among others that are answered holds nobody up.
  for (int i = 0; i < 3; ++i) {
    const auto answers = provider_.push(std::vector{other, silent, other});
    EXPECT_EQ(answers[1].kind, Kind::late);
    EXPECT_EQ(answers[2].kind, Kind::sent);
  }
  EXPECT_EQ(shared_.requests.size(), 10U);
}

TEST_F(ApnsPush, OneDevicesRefusalHoldsNobodyUp) {
  shared_.answer = [](const HttpRequest&) { return status(410, R"({"reason":"Unregistered"})"); };
  EXPECT_EQ(push()[0].kind, Kind::unregistered);
  shared_.answer = [](const HttpRequest&) { return status(429); };
  EXPECT_EQ(push()[0].kind, Kind::too_many);
  EXPECT_EQ(shared_.requests.size(), 2U);
}

}  // namespace
}  // namespace bramley
