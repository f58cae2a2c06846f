#include "server/http/request_observer.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/support/recording_log.h"

namespace bramley {
namespace {

// Remembers its metrics by name and label values.
class RecordedMetrics : public Metrics {
 public:
  struct Number : MetricCounter, MetricGauge, MetricHistogram {
    double value = 0;
    void add(double amount) override { value += amount; }
    void set(double next) override { value = next; }
    void observe(double) override { value += 1; }
  };
  MetricCounter& counter(const MetricInfo& info, const MetricLabels& labels) override {
    return number(info, labels);
  }
  MetricGauge& gauge(const MetricInfo& info, const MetricLabels& labels) override {
    return number(info, labels);
  }
  MetricHistogram& histogram(const MetricInfo& info, const std::vector<double>&,
                             const MetricLabels& labels) override {
    return number(info, labels);
  }
  void source(Kind, const MetricInfo&, Source) override {}

  Number& number(const MetricInfo& info, const MetricLabels& labels) {
    std::string key = info.name;
    for (const auto& [name, value] : labels) {
      key += " " + value;
    }
    return numbers[key];
  }
  std::map<std::string, Number> numbers;
};

class QuietLog : public RecordingLog {
 public:
  [[nodiscard]] bool takes(LogLevel level) const override { return level > LogLevel::request; }
};

class RequestObserverTest : public testing::Test {
 protected:
  RequestObserverTest() {
    request_.method = "PUT";
    request_.target = "/enroll/SECRET?token=SECRET";
    request_.peer.address = "192.0.2.7";
    request_.headers.add("X-Trace-Id", "0123456789abcdef");
    request_.headers.add("Authorization", "Bearer SECRET");
  }

  HttpRequest request_;
  RecordedMetrics metrics_;
  RecordingLog log_;
};

TEST_F(RequestObserverTest, CountsByEndpointMessageAndStatus) {
  RequestObserver observer(metrics_, log_);
  const RequestFacts facts{RequestEndpoint::mdm, RequestMessage::idle, "U1", {}};
  observer.finished(request_, facts, 200, std::chrono::microseconds(51));
  observer.finished(request_, facts, 200, std::chrono::microseconds(51));
  observer.finished(request_,
                    {RequestEndpoint::mdm, RequestMessage::none, "", ErrorCode::malformed}, 400,
                    std::chrono::microseconds(5));
  EXPECT_EQ(metrics_.numbers["bramley_http_requests_total mdm Idle 200"].value, 2);
  EXPECT_EQ(metrics_.numbers["bramley_http_request_seconds mdm Idle"].value, 2);
  EXPECT_EQ(metrics_.numbers["bramley_http_requests_total mdm none 400"].value, 1);
  EXPECT_EQ(metrics_.numbers["bramley_device_refusals_total malformed"].value, 1);
}

TEST_F(RequestObserverTest, AStatusThatNobodyKnowsIsOther) {
  RequestObserver observer(metrics_, log_);
  const std::size_t before = metrics_.numbers.size();
  for (int status = 430; status < 500; ++status) {
    observer.finished(request_, {}, status == 431 ? 430 : status, std::chrono::nanoseconds(1));
  }
  EXPECT_EQ(metrics_.numbers["bramley_http_requests_total other none other"].value, 70);
  EXPECT_EQ(metrics_.numbers.size(), before + 2);
}

TEST_F(RequestObserverTest, WhatTheListenerRefusedIsCountedToo) {
  RequestObserver observer(metrics_, log_);
  observer.refused_at_the_door(408);
  EXPECT_EQ(metrics_.numbers["bramley_http_requests_total other none 408"].value, 1);
}

TEST_F(RequestObserverTest, OneLineARequestWithoutItsSecrets) {
  RequestObserver observer(metrics_, log_);
  observer.finished(request_, {RequestEndpoint::mdm, RequestMessage::authenticate, "U1", {}}, 200,
                    std::chrono::microseconds(1234));
  ASSERT_EQ(log_.lines().size(), 1U);
  EXPECT_EQ(log_.lines()[0],
            "request request trace_id=0123456789abcdef endpoint=mdm type=Authenticate "
            "enrollment=U1 status=200 took_ms=1.234 peer=192.0.2.7");
}

TEST_F(RequestObserverTest, NoLineUnlessTheLevelWantsIt) {
  QuietLog quiet;
  RequestObserver observer(metrics_, quiet);
  observer.finished(request_, {}, 200, std::chrono::nanoseconds(1));
  EXPECT_TRUE(quiet.lines().empty());
}

TEST(RequestFacts, EachMessageHasItsName) {
  EXPECT_EQ(message_name(message_of(ReportStatus::idle)), "Idle");
  EXPECT_EQ(message_name(message_of(ReportStatus::not_now)), "NotNow");
  EXPECT_EQ(message_name(message_of(ReportStatus::acknowledged)), "Acknowledged");
  EXPECT_EQ(message_name(message_of(ReportStatus::error)), "Error");
  EXPECT_EQ(message_name(message_of(ReportStatus::command_format_error)), "CommandFormatError");
  EXPECT_EQ(message_name(message_of(ReportStatus::other)), "other_status");
  EXPECT_EQ(message_name(scep_message_of("PKIOperation")), "PKIOperation");
  EXPECT_EQ(message_name(scep_message_of("GetCACaps")), "GetCACaps");
  EXPECT_EQ(message_name(scep_message_of("GetCACert")), "GetCACert");
  EXPECT_EQ(message_name(scep_message_of("Idle")), "other");
  EXPECT_EQ(message_name(scep_message_of("")), "none");
}

TEST(RequestFacts, ACheckinIsNamedAsItNamesItself) {
  CheckinMessage message{
      .enrollment = EnrollmentId::device("U1"), .body = Authenticate{}, .raw = {}};
  const auto expect_same = [&] {
    EXPECT_EQ(message_name(message_of(message)), message.type_name());
  };
  expect_same();
  message.body = TokenUpdate{};
  expect_same();
  message.body = CheckOut{};
  expect_same();
  message.body = UserAuthenticate{};
  expect_same();
  message.body = SetBootstrapToken{};
  expect_same();
  message.body = GetBootstrapToken{};
  expect_same();
  message.body = DeclarativeManagement{};
  expect_same();
  message.body = GetToken{};
  expect_same();
}

}  // namespace
}  // namespace bramley
