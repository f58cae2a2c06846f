#include "server/service/re_enrollment_service.h"

#include <gtest/gtest.h>

#include "server/service/enrollment_service.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

class ReEnrollments : public testing::Test {
 protected:
  ReEnrollments() {
    audience_.set(true, EventAudience::Messages::keep, EventAudience::Idle::ignore);
    enroll_device(*store_, "D1", clock_.now());
    EXPECT_TRUE(store_->enrollments().set_bootstrap_token(
        EnrollmentId::device("D1"), SecretBytes(std::string_view("boot")), clock_.now()));
  }
  Result<CheckinReply> authenticate(ReEnrollment policy, const Certificate& certificate,
                                    const std::string& udid = "D1") {
    ReEnrollmentService service(core_, policy,
                                {store_->renewals(), store_->events(), audience_, bell_, clock_,
                                 random_, log_, no_metrics()});
    const CheckinMessage message{.enrollment = EnrollmentId::device(udid),
                                 .body = Authenticate{},
                                 .raw = to_bytes(std::string_view("<plist/>"))};
    return service.check_in(DeviceIdentity{certificate}, message);
  }
  Certificate issued_for(const DeviceRestriction& device) {
    auto certificate = test_certificate({{"CN", "issued"}});
    IssuedCertificate issued{certificate, "T", sha256(certificate.public_key_der()), clock_.now()};
    issued.device = device;
    EXPECT_TRUE(store_->certificates().record_issued(issued, std::nullopt, clock_.now()));
    return certificate;
  }
  std::string topics() {
    std::string all;
    const auto events = store_->events().after(0, {}, 100);
    for (const Event& event : *events) {
      all += event.topic + " ";
    }
    return all;
  }
  std::string state() {
    return std::string(enrollment_state_name(store_->enrollments().find("D1").value()->state));
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  EventAudience audience_;
  EventBell bell_;
  std::unique_ptr<Store> store_ = make_memory_store();
  EnrollmentService core_{store_->enrollments(), store_->commands(), clock_, log_};
  Certificate stranger_ = test_certificate({{"CN", "stranger"}});
};

TEST_F(ReEnrollments, AreToldOfAndTakenWithoutWhatWasEscrowed) {
  ASSERT_TRUE(authenticate(ReEnrollment::allow, stranger_));
  EXPECT_EQ(topics(), "bramley.ReEnrollment ");
  EXPECT_NE(log_.text().find("another key"), std::string::npos);
  EXPECT_EQ(state(), "pending");
  EXPECT_FALSE(store_->enrollments().bootstrap_token(EnrollmentId::device("D1")).value());
}

TEST_F(ReEnrollments, AreTakenForTheDeviceThatTheyWereIssuedForOnly) {
  const auto refused = authenticate(ReEnrollment::bound, stranger_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_FALSE(authenticate(ReEnrollment::bound, issued_for({"", "SERIAL-D2"})));
  EXPECT_EQ(topics(), "bramley.ReEnrollmentRefused bramley.ReEnrollmentRefused ");
  EXPECT_EQ(state(), "enrolled");
  EXPECT_TRUE(store_->enrollments().bootstrap_token(EnrollmentId::device("D1")).value());
  ASSERT_TRUE(authenticate(ReEnrollment::bound, issued_for({"D1", ""})));
  EXPECT_EQ(state(), "pending");
}

TEST_F(ReEnrollments, WaitForAnApproval) {
  EXPECT_FALSE(authenticate(ReEnrollment::approve, stranger_));
  EXPECT_EQ(state(), "enrolled");
  ASSERT_TRUE(store_->renewals().approve("D1", clock_.now() + std::chrono::hours(1)));
  EXPECT_TRUE(authenticate(ReEnrollment::approve, stranger_));
  EXPECT_EQ(state(), "pending");
  // One use, by one certificate.
  TokenUpdate update;
  update.push_magic = "magic";
  update.token = {1};
  ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::device("D1"), update, {},
                                                      clock_.now()));
  EXPECT_FALSE(authenticate(ReEnrollment::approve, test_certificate({{"CN", "another"}})));
}

TEST_F(ReEnrollments, NewcomersAndOwnKeysAreNone) {
  const auto own = test_certificate({{"CN", "own"}});
  EXPECT_TRUE(authenticate(ReEnrollment::bound, own, "D2"));
  EXPECT_TRUE(authenticate(ReEnrollment::bound, own, "D2"));
  ASSERT_TRUE(store_->enrollments().end_enrollment(EnrollmentId::device("D1"), clock_.now()));
  EXPECT_TRUE(authenticate(ReEnrollment::approve, stranger_));
  EXPECT_EQ(topics(), "");
}

}  // namespace
}  // namespace bramley
