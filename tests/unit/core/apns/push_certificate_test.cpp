#include "core/apns/push_certificate.h"

#include <gmock/gmock.h>

#include "tests/support/vectors.h"

namespace bramley {
namespace {

using testing::HasSubstr;

Certificate certificate(const std::string& name) {
  return Certificate::from_file_content(own_vector("key-material/" + name)).value();
}

TEST(PushCertificate, HasATopic) {
  EXPECT_EQ(push_topic(certificate("push.pem")).value(), "com.apple.mgmt.External.0f1e2d3c");
}

TEST(PushCertificate, IsNotMistakenForOthersOfApple) {
  EXPECT_EQ(apple_certificate_kind(certificate("push.pem")), AppleCertificateKind::mdm_push);
  EXPECT_EQ(apple_certificate_kind(certificate("app.pem")), AppleCertificateKind::app_push);
  EXPECT_EQ(apple_certificate_kind(certificate("vendor.pem")), AppleCertificateKind::mdm_vendor);
  EXPECT_EQ(apple_certificate_kind(certificate("ca.pem")), AppleCertificateKind::other);
  for (const char* name : {"app.pem", "vendor.pem", "ca.pem"}) {
    const auto topic = push_topic(certificate(name));
    ASSERT_FALSE(topic) << name;
    EXPECT_EQ(topic.error().code, ErrorCode::malformed);
    EXPECT_THAT(topic.error().hint, HasSubstr("identity.apple.com"));
  }
  EXPECT_THAT(push_topic(certificate("vendor.pem")).error().message, HasSubstr("vendor"));
  EXPECT_THAT(push_topic(certificate("app.pem")).error().message, HasSubstr("app"));
}

}  // namespace
}  // namespace bramley
