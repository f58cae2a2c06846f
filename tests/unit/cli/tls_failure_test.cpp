#include "cli/tls_failure.h"

#include <gtest/gtest.h>

#include "core/crypto/local_certificate_authority.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

class TlsFailure : public testing::Test {
 protected:
  TlsFailure() {
    SelfSignedTerms terms;
    terms.subject = {{"CN", "the server"}};
    terms.not_before = clock_.now() - std::chrono::days(1);
    terms.not_after = clock_.now() + std::chrono::days(1);
    terms.purpose = SelfSignedTerms::Purpose::tls_server;
    terms.host_names = {"mdm.example.com"};
    SeededRandom random;
    certificate_ = make_self_signed(*PrivateKey::generate_ec_p256(), terms, random)->pem();
  }
  Error explain(const std::string& url, Timestamp now) const {
    return explain_tls_failure({ErrorCode::unauthenticated, "TLS handshake", "old"}, url,
                               {certificate_}, now);
  }

  FakeClock clock_;
  std::string certificate_;
};

TEST_F(TlsFailure, SaysWhichCertificateAndHowToTrustIt) {
  const Error error = explain("https://mdm.example.com:8443/x", clock_.now());
  EXPECT_EQ(error.code, ErrorCode::unauthenticated);
  for (const char* part : {"TLS handshake; it showed the certificate of CN=the server", "by itself",
                           "for mdm.example.com", "SHA-256 ", "until 2026-11-25T"}) {
    EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
  }
  EXPECT_NE(error.hint.find("--ca-file FILE"), std::string::npos);
  EXPECT_NE(error.hint.find("bramley context set NAME --ca-file FILE"), std::string::npos);
}

TEST_F(TlsFailure, SaysTheNamesThatItHas) {
  for (const char* url :
       {"https://other.example.com", "https://[::1]:8443", "https://127.0.0.1:1"}) {
    const Error error = explain(url, clock_.now());
    EXPECT_TRUE(error.hint.starts_with("it is not for ")) << error.hint;
    EXPECT_NE(error.hint.find("(mdm.example.com)"), std::string::npos) << error.hint;
  }
  EXPECT_TRUE(explain("https://[::1]:8443", clock_.now()).hint.starts_with("it is not for ::1:"));
}

TEST_F(TlsFailure, SaysSinceWhenItIsOver) {
  const auto late = explain("https://mdm.example.com", clock_.now() + std::chrono::days(2));
  EXPECT_TRUE(late.hint.starts_with("it has expired at 2026-11-25T")) << late.hint;
  const auto early = explain("https://mdm.example.com", clock_.now() - std::chrono::days(2));
  EXPECT_TRUE(early.hint.starts_with("it is good from 2026-11-23T")) << early.hint;
}

TEST_F(TlsFailure, WithoutACertificateTheErrorStays) {
  const Error before{ErrorCode::unauthenticated, "TLS handshake", "old"};
  for (const std::vector<std::string>& chain : {std::vector<std::string>{}, {"no certificate"}}) {
    const Error error = explain_tls_failure(before, "https://x", chain, clock_.now());
    EXPECT_EQ(error.message, before.message);
    EXPECT_EQ(error.hint, before.hint);
  }
}

}  // namespace
}  // namespace bramley
