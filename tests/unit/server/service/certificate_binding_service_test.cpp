#include "server/service/certificate_binding_service.h"

#include <gtest/gtest.h>

#include "tests/contract/store_contract.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

// Counts who came through.
class Behind : public MdmService {
 public:
  Result<CheckinReply> check_in(const DeviceIdentity&, const CheckinMessage&) override {
    ++came;
    return CheckinReply{};
  }
  Result<ReportReply> report(const DeviceIdentity&, const CommandReport&) override {
    ++came;
    return ReportReply{};
  }
  int came = 0;
};

class AssociationTest : public testing::Test {
 protected:
  AssociationTest() {
    for (const char* udid : {"D1", "D2"}) {
      EXPECT_TRUE(store_->enrollments().migrate_push_token(
          EnrollmentId::device(udid), TokenUpdate{}, as_bytes("<raw/>"), clock_.now()));
    }
  }
  Status idle(const Certificate& certificate, const EnrollmentId& id) {
    auto reply = service_.report(DeviceIdentity{certificate},
                                 CommandReport{id, ReportStatus::idle, "Idle", "", {}});
    return reply ? Status() : Status(std::move(reply).error());
  }
  std::optional<std::string> owner(const Certificate& certificate) {
    return *store_->certificates().device_of(certificate.fingerprint());
  }
  FakeClock clock_;
  RecordingLog log_;
  Behind behind_;
  std::unique_ptr<Store> store_ = make_memory_store();
  CertificateBindingService service_{
      behind_, store_->certificates(),
      CertificateBindingService::Association{clock_.now() + std::chrono::hours(1), clock_, log_}};
};

TEST_F(AssociationTest, TheFirstCertificateOfADeviceIsItsOwn) {
  const auto certificate = distinct_certificate();
  // Whichever of its channels comes first.
  EXPECT_TRUE(idle(certificate, EnrollmentId::user("D1", "U1")));
  EXPECT_EQ(owner(certificate), "D1");
  EXPECT_NE(log_.text().find("certificate associated by --retro"), std::string::npos);
  EXPECT_TRUE(idle(certificate, EnrollmentId::device("D1")));
  EXPECT_EQ(behind_.came, 2);
}

TEST_F(AssociationTest, NobodyElseIsAssociated) {
  const auto first = distinct_certificate();
  ASSERT_TRUE(idle(first, EnrollmentId::device("D1")));
  EXPECT_FALSE(idle(distinct_certificate(), EnrollmentId::device("D1")));
  EXPECT_FALSE(idle(first, EnrollmentId::device("D2")));
  EXPECT_FALSE(idle(distinct_certificate(), EnrollmentId::device("unknown")));
  EXPECT_EQ(behind_.came, 1);
}

TEST_F(AssociationTest, AnIdentityThatIsPastItsTimeIsNotAssociated) {
  const auto certificate = distinct_certificate();
  EXPECT_FALSE(service_.report(
      DeviceIdentity{certificate, true},
      CommandReport{EnrollmentId::device("D1"), ReportStatus::idle, "Idle", "", {}}));
  EXPECT_FALSE(owner(certificate));
}

TEST_F(AssociationTest, EndsWhenItWasToEnd) {
  const auto before = distinct_certificate();
  const auto after = distinct_certificate();
  clock_.advance(std::chrono::minutes(59));
  EXPECT_TRUE(idle(before, EnrollmentId::device("D1")));
  clock_.advance(std::chrono::minutes(1));
  const auto refused = idle(after, EnrollmentId::device("D2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_NE(refused.error().message.find("--retro ended at"), std::string::npos);
  EXPECT_FALSE(owner(after));
  // Who was associated stays so.
  EXPECT_TRUE(idle(before, EnrollmentId::device("D1")));
}

TEST_F(AssociationTest, IsOffUnlessItIsWanted) {
  CertificateBindingService strict(behind_, store_->certificates());
  EXPECT_FALSE(
      strict.report(DeviceIdentity{distinct_certificate()},
                    CommandReport{EnrollmentId::device("D1"), ReportStatus::idle, "Idle", "", {}}));
  EXPECT_EQ(behind_.came, 0);
}

}  // namespace
}  // namespace bramley
