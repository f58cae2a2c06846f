#include "core/net/curl_error.h"

#include <gmock/gmock.h>

namespace bramley {
namespace {

using testing::HasSubstr;

TEST(CurlError, AMachineWithoutTrustedCertificatesIsSaid) {
  const Error error = curl_error({.code = CURLE_SSL_CACERT_BADFILE, .host = "mdm.example.com:443"});
  EXPECT_EQ(error.code, ErrorCode::unauthenticated);
  EXPECT_EQ(error.message,
            "TLS handshake with mdm.example.com:443: this machine has no list of trusted CAs");
  EXPECT_THAT(error.hint, HasSubstr("ca-certificates"));
  EXPECT_THAT(error.hint, HasSubstr("--ca-file"));
}

TEST(CurlError, AFileWithoutCertificatesIsSaid) {
  const Error error = curl_error(
      {.code = CURLE_SSL_CACERT_BADFILE, .host = "mdm.example.com:443", .own_roots = true});
  EXPECT_EQ(error.code, ErrorCode::malformed);
  EXPECT_THAT(error.message, HasSubstr("no certificate in PEM"));
}

}  // namespace
}  // namespace bramley
