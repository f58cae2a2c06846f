#pragma once

#include <gtest/gtest.h>

#include "server/service/scep_service.h"
#include "server/store/store.h"
#include "tests/support/recording_log.h"
#include "tests/support/scep_requester.h"

namespace bramley {

inline constexpr std::string_view static_challenge = "the static one";

class ScepServiceTest : public testing::Test {
 protected:
  ScepServiceTest() {
    policy_.static_challenge = sha256(as_bytes(static_challenge));
    requester_.challenge = static_challenge;
  }

  [[nodiscard]] const Certificate& ca() const { return authority_->certificate(); }
  [[nodiscard]] CertificateStore& certificates() { return store_->certificates(); }
  Result<Bytes> answer(ByteView message) {
    ScepService service(certificates(), authority_, policy_, clock_, random_, log_);
    return service.answer(message);
  }
  // Sends, and reads what came back.
  Result<ScepReply> ask(const ScepRequester& requester) {
    TRY_ASSIGN(const Bytes reply, answer(requester.request(ca())));
    return requester.read(reply, ca());
  }
  [[nodiscard]] testing::AssertionResult refused(ScepFailInfo fail_info,
                                                 const Result<ScepReply>& reply) const {
    if (!reply) {
      return succeeded(reply);
    }
    if (reply->status != ScepStatus::failure || reply->fail_info != fail_info) {
      return testing::AssertionFailure()
             << "status " << static_cast<int>(reply->status) << ' '
             << (reply->fail_info ? scep_fail_info_name(*reply->fail_info) : "") << '\n'
             << log_.text();
    }
    return testing::AssertionSuccess();
  }
  // A first enrollment that must go well.
  Certificate enroll(const ScepRequester& requester) {
    const auto reply = ask(requester);
    EXPECT_TRUE(succeeded(reply));
    EXPECT_EQ(reply->status, ScepStatus::success) << log_.text();
    return reply->certificate.value();
  }
  // As requester_, but with this identity and the next key.
  [[nodiscard]] ScepRequester renewing(const Certificate& identity,
                                       ScepMessageType type = ScepMessageType::pkcs_req) const {
    ScepRequester next = requester_;
    next.signer = identity;
    next.signer_key = requester_.key;
    next.key = shared_test_key(1);
    next.challenge.clear();
    next.terms.type = type;
    next.terms.transaction_id = "T2";
    next.terms.signing_time = clock_.now();
    return next;
  }
  void add_challenge(std::string_view challenge, const DeviceRestriction& device = {}) {
    ASSERT_TRUE(succeeded(certificates().add_challenge(
        sha256(as_bytes(challenge)), {clock_.now() + std::chrono::hours(1), device},
        clock_.now())));
  }
  // As the devices' door does when a device says Authenticate.
  void enroll_device(const std::string& udid, const Certificate& identity) {
    ASSERT_TRUE(succeeded(store_->enrollments().begin_enrollment(
        EnrollmentId::device(udid), Authenticate{}, as_bytes("<raw/>"), DeviceIdentity{identity},
        clock_.now())));
  }

  std::shared_ptr<LocalCertificateAuthority> authority_ = load_test_authority();
  std::unique_ptr<Store> store_ = make_memory_store();
  ScepPolicy policy_;
  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  ScepRequester requester_;
};

}  // namespace bramley
