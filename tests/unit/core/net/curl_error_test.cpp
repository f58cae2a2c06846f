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

TEST(CurlError, AServerThatGoesAwayIsTold) {
  for (const char* text :
       {"OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to mdm.example.com:443 ",
        "TLS connect error: error:0A000126:SSL routines::unexpected eof while reading",
        "Recv failure: Connection reset by peer"}) {
    const Error error =
        curl_error({.code = CURLE_SSL_CONNECT_ERROR, .host = "mdm.example.com:443", .text = text});
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_EQ(error.message,
              "TLS handshake with mdm.example.com:443: the server closed the connection");
    EXPECT_THAT(error.hint, HasSubstr("does it speak TLS on that port"));
  }
}

TEST(CurlError, AServerThatWantsACertificateOfOursIsTold) {
  const std::string alert = "SSL routines::tlsv13 alert certificate required, errno 0";
  const Error none = curl_error(
      {.code = CURLE_RECV_ERROR, .host = "h:1", .text = alert, .own_certificate = false});
  EXPECT_EQ(none.code, ErrorCode::forbidden);
  EXPECT_EQ(none.message, "TLS handshake with h:1: the server wants a client certificate");
  const Error refused = curl_error({.code = CURLE_RECV_ERROR, .host = "h:1", .text = alert});
  EXPECT_EQ(refused.code, ErrorCode::unauthenticated);
  EXPECT_THAT(refused.message, HasSubstr("refused our certificate"));
}

TEST(CurlError, HttpWhereTlsIsSpokenAndTheOtherWayRound) {
  const Error plain = curl_error({.code = CURLE_GOT_NOTHING, .host = "h:1", .tls = false});
  EXPECT_EQ(plain.hint, "that port may speak TLS: try https:// in place of http://");
  const Error silent = curl_error({.code = CURLE_GOT_NOTHING, .host = "h:1", .tls = true});
  EXPECT_THAT(silent.hint, HasSubstr("closed the connection without an answer"));
  const Error tls = curl_error({.code = CURLE_SSL_CONNECT_ERROR,
                                .host = "h:1",
                                .text = "error:0A00010B:SSL routines::wrong version number"});
  EXPECT_EQ(tls.hint, "that port may speak plain HTTP: try http:// in place of https://");
}

}  // namespace
}  // namespace bramley
