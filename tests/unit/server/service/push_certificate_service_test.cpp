#include "server/service/push_certificate_service.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/base/file.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/push_pairs.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

using testing::HasSubstr;

constexpr const char* other_topic = "com.apple.mgmt.External.other";

class PushCertificateServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "bramley-push.XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    open(TopicChange::refuse);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void open(TopicChange change) {
    credentials_ = *load_credentials({directory_,
                                      [this](const char* name) -> const char* {
                                        return name == std::string("BRAMLEY_PUSH_CERT") &&
                                                       !environment_.empty()
                                                   ? environment_.c_str()
                                                   : nullptr;
                                      }},
                                     clock_, log_);
    service_ = std::make_unique<PushCertificateService>(
        store_->enrollments(), *credentials_, PushCertificateService::Options{directory_, change},
        clock_, log_);
  }
  PushIdentity pair(const std::string& topic, int days = 365) {
    return make_push_pair(topic, clock_.now() - std::chrono::days(10),
                          clock_.now() + std::chrono::days(days));
  }
  static std::string pem(const PushIdentity& pair) {
    return pair.certificate.pem() + pem_of(*pair.key);
  }
  Result<PushCertificate> store(const std::string& text) { return service_->store(as_bytes(text)); }
  void expect_refused(const std::string& text, ErrorCode code, const std::string& why) {
    const auto refused = store(text);
    ASSERT_FALSE(refused) << why;
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr(why));
    EXPECT_TRUE(credentials_->push_certificates().empty());
  }

  std::filesystem::path directory_;
  std::string environment_;
  FakeClock clock_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  std::unique_ptr<CredentialSource> credentials_;
  std::unique_ptr<PushCertificateService> service_;
};

TEST_F(PushCertificateServiceTest, StoresThePairAndPutsItInForce) {
  const PushIdentity first = pair(test_topic);
  const auto stored = store(pem(first));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->topic, test_topic);
  ASSERT_EQ(credentials_->push_certificates().size(), 1U);
  EXPECT_TRUE(credentials_->push_key(test_topic)->matches(first.certificate));
  const PushIdentity renewed = pair(test_topic, 700);
  ASSERT_TRUE(store(pem_of(*renewed.key) + renewed.certificate.pem()));
  EXPECT_EQ(credentials_->push_certificates()[0].certificate, renewed.certificate);
  EXPECT_EQ(log_.text().find("no later"), std::string::npos);
  ASSERT_TRUE(store(pem(first)));
  EXPECT_THAT(log_.text(), HasSubstr("no later"));
}

TEST_F(PushCertificateServiceTest, LineEndsMayBeLostBetweenBlocks) {
  std::string text = pem(pair(test_topic));
  const std::size_t at = text.find("-----\n-----");
  ASSERT_NE(at, std::string::npos);
  text.erase(at + 5, 1);
  ASSERT_TRUE(store(text));
}

TEST_F(PushCertificateServiceTest, WhatIsNoPairIsMalformed) {
  const PushIdentity good = pair(test_topic);
  const std::string certificate = good.certificate.pem();
  const std::string key = pem_of(*good.key);
  const SecretBytes passphrase{std::string_view("secret")};
  const std::string locked(good.key->to_pem(&passphrase)->reveal_text());
  expect_refused("", ErrorCode::malformed, "no PEM");
  expect_refused(to_text(good.certificate.der()), ErrorCode::malformed, "no PEM");
  expect_refused(certificate, ErrorCode::malformed, "no private key");
  expect_refused(key, ErrorCode::malformed, "no certificate");
  expect_refused(certificate + locked, ErrorCode::malformed, "");
  expect_refused(certificate + pem_of(*PrivateKey::generate_ec_p256()), ErrorCode::malformed,
                 "does not belong");
  expect_refused(certificate + key + "-----BEGIN X-----\nAAAA\n-----END X-----\n",
                 ErrorCode::malformed, "neither a certificate nor a private key");
  expect_refused(pem(pair("com.example.app")), ErrorCode::malformed, "topic");
  expect_refused(pem(pair(test_topic, -1)), ErrorCode::malformed, "expired");
  expect_refused(pem(good) + pem(pair(other_topic)), ErrorCode::malformed, "several");
}

TEST_F(PushCertificateServiceTest, WithoutADirectoryItIsAConflict) {
  service_ = std::make_unique<PushCertificateService>(
      store_->enrollments(), *credentials_, PushCertificateService::Options{}, clock_, log_);
  expect_refused(pem(pair(test_topic)), ErrorCode::conflict, "no credentials directory");
}

TEST_F(PushCertificateServiceTest, ADirectoryThatTakesNothingIsUnavailable) {
  service_ = std::make_unique<PushCertificateService>(
      store_->enrollments(), *credentials_, PushCertificateService::Options{"/proc/no-such-place"},
      clock_, log_);
  expect_refused(pem(pair(test_topic)), ErrorCode::unavailable, "store the push certificate");
}

TEST_F(PushCertificateServiceTest, ATopicOfTheEnvironmentIsAConflict) {
  environment_ = pem(pair(test_topic));
  open(TopicChange::refuse);
  const auto refused = store(pem(pair(test_topic, 700)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("BRAMLEY_PUSH_CERT"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "push"));
  ASSERT_TRUE(store(pem(pair(other_topic))));
  EXPECT_EQ(credentials_->push_certificates().size(), 2U);
}

TEST_F(PushCertificateServiceTest, AnotherTopicThanEnrolledDevicesHoldIsAConflict) {
  enroll_device(*store_, "D1", clock_.now());
  enroll_device(*store_, "D2", clock_.now());
  expect_refused(pem(pair(other_topic)), ErrorCode::conflict, "2 enrolled devices hold");
  // The topic that they hold is welcome, though nothing was stored.
  ASSERT_TRUE(store(pem(pair(test_topic))));
  EXPECT_FALSE(store(pem(pair(other_topic))));
  open(TopicChange::allow);
  ASSERT_TRUE(store(pem(pair(other_topic))));
  // Once it is there, it can be renewed without a word.
  open(TopicChange::refuse);
  ASSERT_TRUE(store(pem(pair(other_topic, 700))));
}

TEST_F(PushCertificateServiceTest, WhatIsStoredAndNotInForceIsAnError) {
  FakeCredentials deaf;
  service_ = std::make_unique<PushCertificateService>(
      store_->enrollments(), deaf, PushCertificateService::Options{directory_}, clock_, log_);
  expect_refused(pem(pair(test_topic)), ErrorCode::unavailable, "not in force");
}

}  // namespace
}  // namespace bramley
