#include "vendor-tool/signing_service.h"

#include <gmock/gmock.h>

#include "tests/unit/vendor-tool/signing_fixture.h"
#include "vendor-tool/command_courier.h"
#include "vendor-tool/sealed_attachment.h"
#include "vendor-tool/signing_worker.h"

namespace bramley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view api_key = "0123456789abcdef";

SigningCustomers customers() {
  return SigningCustomers::parse(as_bytes(R"({"customers":[{"name":"acme","key":"0123456789abcdef",
               "domains":{"auto.test":"automatic","*":"manual"}}]})"))
      .value();
}

// Says how each delivery goes.
class FakeCourier : public Courier {
 public:
  Status deliver(const SigningCase& subject) override {
    delivered.push_back(subject.email + " " + subject.file);
    return next;
  }
  std::vector<std::string> delivered;
  Status next;
};

class SigningServiceTest : public SigningFixture {
 protected:
  std::string post(const std::string& email, std::string_view key = api_key) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::string(signing_path);
    request.body = write_signing_request({customer_request().pem(), email, SecretBytes(key),
                                          vendor_certificate("vendor.pem").pem()});
    request.peer.address = "192.0.2.1";
    const HttpResponse response = service_.handle(request);
    EXPECT_EQ(response.status, 200);
    return to_text(response.body);
  }
  void work() { SigningWorker(signer_, queue_, courier_, clock_, log_).run_once(); }
  [[nodiscard]] std::vector<SigningCase> all() const {
    return queue_.list(SigningQueue::Which::all)->cases;
  }

  PushRequestSigner signer_ = vendor_signer();
  RecordingLog log_;
  SigningService service_{signer_, queue_, customers(), clock_, log_};
  FakeCourier fake_;
  Courier* courier_ = nullptr;
};

TEST_F(SigningServiceTest, SignsWhatARuleApproves) {
  EXPECT_EQ(post("a@auto.test"), "{\"result\":\"success\"}\n");
  work();
  ASSERT_EQ(all().size(), 1U);
  const SigningCase done = all().front();
  EXPECT_EQ(done.state, SigningState::signed_request);
  const auto key = PrivateKey::from_file_content(vendor_file("vendor.key"));
  const auto opened =
      open_attachment(read_file(done.file).value(), vendor_certificate("vendor.pem"), *key);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(to_text(*opened), wrap_for_mail(good_request()));
  EXPECT_THAT(audit_events(), ElementsAre("approved", "signed"));
  work();
  EXPECT_EQ(audit_events().size(), 2U);
}

TEST_F(SigningServiceTest, LeavesTheRestToAPerson) {
  post("a@b.test");
  work();
  EXPECT_EQ(all().front().state, SigningState::waiting);
  ASSERT_TRUE(queue_.decide(only_id(), {SigningState::approved, "me", ""}, clock_.now()));
  work();
  EXPECT_EQ(all().front().state, SigningState::signed_request);
  EXPECT_THAT(audit_events(), ElementsAre("received", "approved", "signed"));
}

TEST_F(SigningServiceTest, ACertificateThatRunsOutWhileItServes) {
  post("a@auto.test");
  clock_.set(vendor_certificate("vendor.pem").not_after() + std::chrono::seconds(1));
  EXPECT_THAT(post("b@auto.test"), HasSubstr("the service's signing certificate is expired"));
  work();
  EXPECT_EQ(all().size(), 1U);
  EXPECT_EQ(all().front().state, SigningState::approved) << "it is signed with the next one";
  EXPECT_THAT(log_.text(), HasSubstr("error cannot sign"));
  clock_.set(test_time());
  work();
  EXPECT_EQ(all().front().state, SigningState::signed_request);
}

TEST_F(SigningServiceTest, WhatCannotBeSignedAnyMoreFails) {
  SigningCase damaged = wanted("a@auto.test");
  damaged.state = SigningState::approved;
  damaged.csr = "not a request";
  ASSERT_TRUE(queue_.add(damaged, ""));
  work();
  EXPECT_EQ(all().front().state, SigningState::failed);
  EXPECT_FALSE(all().front().reason.empty());
  EXPECT_THAT(audit_events(), ElementsAre("approved", "failed"));
}

TEST_F(SigningServiceTest, DeliveryIsToldOf) {
  courier_ = &fake_;
  post("a@auto.test");
  work();
  ASSERT_EQ(fake_.delivered.size(), 1U);
  EXPECT_EQ(all().front().delivery, "done");
  fake_.next = Error{ErrorCode::unavailable, "no mail today"};
  post("b@auto.test");
  work();
  EXPECT_THAT(log_.text(), HasSubstr("no mail today"));
  EXPECT_THAT(audit_events(), ElementsAre("approved", "signed", "delivered", "approved", "signed",
                                          "not delivered"));
  EXPECT_TRUE(queue_.list(SigningQueue::Which::open)->cases.empty());
}

TEST_F(SigningServiceTest, WhatWasSignedBeforeACrashIsDeliveredAfterIt) {
  SigningCase subject = wanted("a@auto.test");
  subject.state = SigningState::signed_request;
  subject.file = "somewhere";
  ASSERT_TRUE(queue_.add(subject, ""));
  courier_ = &fake_;
  work();
  EXPECT_THAT(fake_.delivered, ElementsAre("a@auto.test somewhere"));
}

TEST_F(SigningServiceTest, WrongKeysDoNotFillTheLog) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(post("a@auto.test", "another key here"), HasSubstr("Invalid API key"));
  }
  EXPECT_EQ(log_.lines().size(), 10U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "audit.ndjson"));
  clock_.advance(std::chrono::minutes(1));
  post("a@auto.test", "another key here");
  EXPECT_EQ(log_.lines().size(), 11U);
  EXPECT_THAT(log_.text(), Not(HasSubstr("another key")));
}

TEST_F(SigningServiceTest, BodiesAreTakenOnOnePathOnly) {
  HttpRequest head;
  head.method = "POST";
  head.target = std::string(signing_path) + "?x=y";
  EXPECT_EQ(service_.body_limit(head), SigningService::largest_body);
  head.method = "PUT";
  EXPECT_EQ(service_.body_limit(head), 0U);
  head = {"POST", "/healthz", {}, {}, {}};
  EXPECT_EQ(service_.body_limit(head), 0U);
  EXPECT_EQ(service_.handle(head).status, 405);
  head.method = "GET";
  EXPECT_EQ(service_.handle(head).status, 200);
}

TEST_F(SigningServiceTest, AProgramThatHangsIsEnded) {
  CommandCourier courier("sleep", {"PATH=/usr/bin:/bin"}, std::chrono::milliseconds(200));
  SigningCase subject = wanted("60@x");
  subject.file = "60";
  subject.email = "60";
  const Status hung = courier.deliver(subject);
  ASSERT_FALSE(hung);
  EXPECT_THAT(hung.error().message, HasSubstr("took too long"));
}

TEST_F(SigningServiceTest, ProgramsAndHowTheyEnd) {
  SigningCase subject = wanted("a@b.test");
  EXPECT_TRUE(CommandCourier("true", {"PATH=/usr/bin:/bin"}).deliver(subject));
  EXPECT_THAT(CommandCourier("false", {"PATH=/usr/bin:/bin"}).deliver(subject).error().message,
              HasSubstr("exit code 1"));
  EXPECT_THAT(CommandCourier("/nowhere/at-all", {}).deliver(subject).error().message,
              HasSubstr("No such file"));
}

}  // namespace
}  // namespace bramley
