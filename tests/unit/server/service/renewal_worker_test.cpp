#include "server/service/renewal_worker.h"

#include <gtest/gtest.h>

#include "core/mdm/enrollment_profile.h"
#include "core/plist/plist_document.h"
#include "server/service/certificate_binding_service.h"
#include "server/service/command_service.h"
#include "server/service/enrollment_service.h"
#include "server/service/renewal_command.h"
#include "server/service/renewal_service.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_push_service.h"
#include "tests/support/recording_log.h"
#include "tests/support/recording_metrics.h"

namespace bramley {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A device, a server without its doors, and a clock: what the background would do is done by hand.
class Renewals : public testing::Test {
 protected:
  Renewals() {
    credentials_.authority = test_scep_authority();
    credentials_.pushes = {test_push_certificate(test_topic)};
    enroll_device(*store_, "D1", clock_.now());
    old_ = store_->enrollments().find("D1").value()->certificate.value();
  }

  Renewal renewal() { return store_->renewals().find("D1").value().value_or(Renewal{}); }
  std::string state() { return std::string(renewal_state_name(renewal().state)); }
  void begin() {
    ASSERT_TRUE(store_->renewals().open("D1", clock_.now()));
    worker_.step();
    ASSERT_EQ(state(), "sent");
  }
  Result<ReportReply> say(const Certificate& certificate, const CommandReport& report) {
    return service_.report(DeviceIdentity{certificate}, report);
  }
  static CommandReport idle() {
    return *parse_report(as_bytes(std::string_view(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>Status</key>"
        "<string>Idle</string><key>UDID</key><string>D1</string></dict></plist>")));
  }
  // The profile that the device is given; empty: nothing.
  Bytes poll() {
    const auto reply = say(device_certificate_, idle());
    EXPECT_TRUE(reply) << reply.error().message;
    if (!reply || !reply->command) {
      return {};
    }
    const auto document = parse_plist_dictionary(reply->command->plist);
    EXPECT_EQ(reply->command->uuid, renewal().command_uuid);
    const auto* const payload = document->find("Command")->dictionary()->find("Payload");
    return payload == nullptr ? Bytes{} : *payload->data();
  }
  static std::string challenge_in(const Bytes& profile) {
    const auto content = read_enrollment_profile(profile);
    EXPECT_TRUE(content);
    return content ? content->scep_challenge : std::string();
  }
  Status issue(const std::string& challenge, const Certificate& certificate) {
    const IssuedCertificate issued{certificate, "T", sha256(certificate.public_key_der()),
                                   clock_.now()};
    return store_->certificates().record_issued(issued, sha256(as_bytes(challenge)), clock_.now());
  }
  void answer(const std::string& status, const std::string& more = "") {
    ASSERT_TRUE(say(device_certificate_, test_report("D1", renewal().command_uuid, status, more)));
    worker_.step();
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  RecordingMetrics metrics_;
  FakeCredentials credentials_;
  FakePushService pushes_;
  std::unique_ptr<Store> store_ = make_memory_store();
  RenewalHints hints_;
  EnrollmentProfileService profiles_{
      store_->certificates(), credentials_,
      EnrollmentProfileOptions{"https://mdm.example.com", "Example", true, false, {}}, clock_,
      random_};
  EnrollmentService core_{store_->enrollments(), store_->commands(), clock_, log_};
  RenewalService service_{
      core_, {store_->enrollments(), store_->renewals(), profiles_, hints_, clock_, log_}};
  RenewalWorker worker_{{},
                        {*store_, credentials_, pushes_, hints_, clock_, random_, log_, metrics_}};
  Certificate device_certificate_ = test_certificate({{"CN", "as it was"}});
  Fingerprint old_;
};

TEST_F(Renewals, AProfileIsMadeOnlyWhenItIsDelivered) {
  begin();
  EXPECT_EQ(pushes_.wakes, 1);
  EXPECT_EQ(renewal().attempts, 1);
  // What waits in the queue holds no profile.
  const auto waiting = store_->commands().command(renewal().command_uuid).value();
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->request_type, "InstallProfile");
  EXPECT_EQ(to_text(waiting->plist).find("Payload"), std::string::npos);

  const auto first = challenge_in(poll());
  const auto second = challenge_in(poll());
  EXPECT_NE(first, second);
  EXPECT_FALSE(issue(first, test_certificate({{"CN", "first"}})));  // void
  EXPECT_TRUE(issue(second, test_certificate({{"CN", "second"}})));
  EXPECT_EQ(read_enrollment_profile(poll())->topic, test_topic);
}

TEST_F(Renewals, GoTheirWholeWayWithoutACheckIn) {
  begin();
  const auto fresh = test_certificate({{"CN", "fresh"}});
  ASSERT_TRUE(issue(challenge_in(poll()), fresh));
  answer("Acknowledged");  // with the old certificate
  EXPECT_EQ(state(), "proving");
  ASSERT_TRUE(say(fresh, idle()));
  worker_.step();
  EXPECT_EQ(state(), "proven");
  EXPECT_EQ(store_->enrollments().find("D1").value()->certificate, fresh.fingerprint());
  clock_.advance(old_identity_kept - std::chrono::seconds(1));
  worker_.step();
  EXPECT_EQ(state(), "proven");
  EXPECT_TRUE(store_->certificates().device_of(old_).value());
  clock_.advance(std::chrono::seconds(1));
  worker_.step();
  EXPECT_EQ(state(), "done");
  EXPECT_FALSE(store_->certificates().device_of(old_).value());
  EXPECT_TRUE(store_->certificates().device_of(fresh.fingerprint()).value());
}

TEST_F(Renewals, TheReportMayComeWithTheNewCertificate) {
  begin();
  const auto fresh = test_certificate({{"CN", "fresh"}});
  ASSERT_TRUE(issue(challenge_in(poll()), fresh));
  ASSERT_TRUE(say(fresh, test_report("D1", renewal().command_uuid, "Acknowledged")));
  worker_.step();
  EXPECT_EQ(state(), "proven");
}

TEST_F(Renewals, AnErrorIsShownAndTriedAgain) {
  begin();
  const auto challenge = challenge_in(poll());
  const auto uuid = renewal().command_uuid;
  answer("Error",
         "<key>ErrorChain</key><array><dict><key>ErrorCode</key><integer>4001</integer>"
         "<key>ErrorDomain</key><string>MCInstallationErrorDomain</string>"
         "<key>USEnglishDescription</key><string>no</string></dict></array>");
  EXPECT_EQ(state(), "failed");
  EXPECT_EQ(renewal().error, "the device answered Error: MCInstallationErrorDomain 4001 no");
  EXPECT_FALSE(issue(challenge, test_certificate({{"CN", "late"}})));
  EXPECT_TRUE(poll().empty());
  clock_.advance(minutes(10));
  worker_.step();
  EXPECT_EQ(state(), "sent");
  EXPECT_EQ(renewal().attempts, 2);
  EXPECT_NE(renewal().command_uuid, uuid);
  EXPECT_FALSE(poll().empty());
  answer("Error");
  EXPECT_EQ(renewal().next_at, clock_.now() + hours(1));
}

TEST_F(Renewals, NotNowIsOfferedAgainWithAnotherChallenge) {
  begin();
  const auto first = challenge_in(poll());
  answer("NotNow");
  EXPECT_EQ(state(), "sent");
  EXPECT_NE(challenge_in(poll()), first);
}

TEST_F(Renewals, SilenceIsShown) {
  begin();
  EXPECT_FALSE(poll().empty());
  clock_.advance(hours(2));
  worker_.step();
  EXPECT_EQ(state(), "sent");
  EXPECT_NE(renewal().error.find("without an answer"), std::string::npos) << renewal().error;
  EXPECT_FALSE(poll().empty());  // it is still offered
}

TEST_F(Renewals, AProfileThatCannotBeMadeIsNotDelivered) {
  begin();
  credentials_.pushes.clear();
  EXPECT_TRUE(poll().empty());
  EXPECT_NE(log_.text().find("renewal profile not delivered"), std::string::npos);
  worker_.step();
  EXPECT_EQ(state(), "failed");
  EXPECT_NE(renewal().error.find("topic"), std::string::npos) << renewal().error;
  credentials_.pushes = {test_push_certificate(test_topic)};
  clock_.advance(minutes(10));
  worker_.step();
  EXPECT_FALSE(poll().empty());
}

TEST_F(Renewals, WhatIsLeftOfARenewalThatIsOverIsNotDelivered) {
  const std::string uuid = new_renewal_uuid(random_);
  const std::vector<std::string> target{"D1"};
  ASSERT_TRUE(store_->commands().enqueue(target, *waiting_renewal_command(uuid), clock_.now()));
  const auto reply = say(device_certificate_, idle());
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->command);
  worker_.step();
  EXPECT_EQ(store_->commands().find(uuid).value()->cancelled, 1);
}

TEST_F(Renewals, ACancelledCommandIsTriedAgain) {
  begin();
  ASSERT_TRUE(store_->commands().cancel(renewal().command_uuid, "D1", clock_.now()));
  clock_.advance(hours(1));
  worker_.step();
  EXPECT_EQ(state(), "failed");
  EXPECT_NE(renewal().error.find("cancelled"), std::string::npos);
}

TEST_F(Renewals, ACommandThatWasNeverQueuedIsQueuedLater) {
  ASSERT_TRUE(store_->renewals().open("D1", clock_.now()));
  const std::string uuid = new_renewal_uuid(random_);
  // As a crash leaves it.
  ASSERT_TRUE(store_->renewals().change(renewal(),
                                        {RenewalState::sent, clock_.now() + minutes(1), uuid, 1}));
  EXPECT_TRUE(poll().empty());
  clock_.advance(minutes(1));
  worker_.step();
  EXPECT_FALSE(poll().empty());
  EXPECT_EQ(renewal().command_uuid, uuid);
}

TEST_F(Renewals, ADeviceThatAcknowledgesAndDoesNotChangeIsSentAnother) {
  begin();
  EXPECT_FALSE(poll().empty());
  answer("Acknowledged");
  clock_.advance(hours(25));
  worker_.step();
  EXPECT_EQ(state(), "proving");  // not heard of since
  ASSERT_TRUE(say(device_certificate_, idle()));
  clock_.advance(hours(25));
  worker_.step();
  EXPECT_EQ(state(), "failed");
  EXPECT_NE(renewal().error.find("not used"), std::string::npos) << renewal().error;
}

TEST_F(Renewals, OneThatIsAskedForIsSentAgainInsteadOfWaitedFor) {
  begin();
  EXPECT_FALSE(poll().empty());
  answer("Acknowledged");
  ASSERT_EQ(state(), "proving");
  begin();
  EXPECT_EQ(renewal().attempts, 2);
  EXPECT_FALSE(renewal().acknowledged_at);
  EXPECT_FALSE(poll().empty());
}

TEST_F(Renewals, AnExpiredIdentityIsGivenItsRenewalAndNothingElse) {
  const DeviceIdentity expired{device_certificate_, true};
  const auto expect_refused = [](const auto& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::unauthenticated);
  };
  // It is not the device's identity.
  expect_refused(service_.report(expired, idle()));
  Authenticate again;
  again.topic = test_topic;
  ASSERT_TRUE(store_->enrollments().begin_enrollment(EnrollmentId::device("D1"), again, {},
                                                     {device_certificate_}, clock_.now()));
  expect_refused(service_.report(expired, idle()));  // not enrolled
  TokenUpdate update;
  update.topic = test_topic;
  update.push_magic = "magic";
  update.token = {1};
  ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::device("D1"), update, {},
                                                      clock_.now()));
  const std::vector<std::string> target{"D1"};
  ASSERT_TRUE(store_->commands().enqueue(target, *parse_command(as_bytes(test_command("C1"))),
                                         clock_.now()));
  const auto first = service_.report(expired, idle());
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->command);  // it begins
  worker_.step();
  const auto second = service_.report(expired, idle());
  ASSERT_TRUE(second && second->command);
  EXPECT_EQ(second->command->uuid, renewal().command_uuid);
  expect_refused(service_.report(expired, test_report("D1", "C1", "Acknowledged")));
  expect_refused(service_.check_in(expired, CheckinMessage{.enrollment = EnrollmentId::device("D1"),
                                                           .body = GetBootstrapToken{},
                                                           .raw = {}}));
  const auto answered =
      service_.report(expired, test_report("D1", renewal().command_uuid, "Acknowledged"));
  ASSERT_TRUE(answered);
  EXPECT_FALSE(answered->command);  // C1 waits for the new one
  worker_.step();
  EXPECT_EQ(state(), "proving");
  // An administrator's decision about the device comes first.
  ASSERT_TRUE(store_->enrollments().set_dismissal("D1", Dismissal::block));
  expect_refused(service_.report(expired, idle()));
}

TEST_F(Renewals, BeginByThemselvesBeforeTheEnd) {
  // test_certificate ends in 365 days.
  clock_.advance(hours(24 * 333));
  worker_.step();
  EXPECT_FALSE(store_->renewals().find("D1").value());
  auto made = *make_certificate_authority(
      {"Test CA", "Test", clock_.now() - hours(24), clock_.now() + hours(24 * 3650), 2048},
      random_);
  credentials_.authority = std::make_shared<LocalCertificateAuthority>(
      *LocalCertificateAuthority::load(made.certificate, made.key));
  clock_.advance(hours(24 * 2 + 1));
  worker_.step();  // finds it
  worker_.step();
  EXPECT_EQ(state(), "sent");
  EXPECT_EQ(renewal().origin, RenewalOrigin::expiry);
}

TEST_F(Renewals, AreCountedByStateAndStep) {
  begin();
  clock_.advance(minutes(1));
  worker_.step();
  EXPECT_EQ(metrics_["bramley_renewals{sent}"], 1);
  (void)poll();
  answer("Error");
  clock_.advance(minutes(1));
  worker_.step();
  EXPECT_EQ(metrics_["bramley_renewals{sent}"], 0);
  EXPECT_EQ(metrics_["bramley_renewals{failed}"], 1);
  EXPECT_EQ(metrics_["bramley_renewal_steps_total{failed}"], 1);
}

TEST_F(Renewals, AreLateWhenTheIdentityIsAboutToEnd) {
  clock_.advance(hours(24 * 350));
  begin();
  EXPECT_EQ(metrics_["bramley_renewals_late"], 0);
  clock_.advance(hours(24 * 9));
  worker_.step();
  EXPECT_EQ(metrics_["bramley_renewals_late"], 1);
}

TEST_F(Renewals, ReservedUuidsAreNobodyElses) {
  CommandService commands(store_->commands(), pushes_, clock_, log_);
  const std::vector<std::string> target{"D1"};
  const auto refused =
      commands.send(target, as_bytes(test_command("bramley-renewal-1", "InstallProfile")),
                    AfterQueueing::no_push);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::malformed);
}

TEST(RenewalHorizon, LeavesTheFollowingCertificateItsTime) {
  const Timestamp now = FakeClock().now();
  const auto day = hours(24);
  const Timestamp far = now + day * 3650;
  EXPECT_EQ(renewal_horizon({day * 30, day * 365}, far, now), now + day * 30);
  // A week's certificates are renewed in their last third.
  EXPECT_EQ(renewal_horizon({day * 30, day * 6}, far, now), now + day * 2);
  // A CA that ends before the next certificate would: nothing is gained.
  EXPECT_EQ(renewal_horizon({day * 30, day * 365}, now + day * 40, now), now + day * 10);
}

TEST(RenewalHorizon, TheLastQuarterIsLate) {
  const Timestamp now = FakeClock().now();
  const auto day = hours(24);
  EXPECT_EQ(renewal_late_before({day * 28, day * 365}, now), now + day * 7);
  EXPECT_EQ(renewal_late_before({day * 28, day * 12}, now), now + day);
  EXPECT_EQ(renewal_late_before({hours(0), day * 365}, now), now);
}

TEST(RenewalRetries, WaitLongerAndLonger) {
  EXPECT_EQ(renewal_retry_delay(1), minutes(10));
  EXPECT_EQ(renewal_retry_delay(2), hours(1));
  EXPECT_EQ(renewal_retry_delay(5), hours(24));
  EXPECT_EQ(renewal_retry_delay(1000), hours(24));
}

}  // namespace
}  // namespace bramley
