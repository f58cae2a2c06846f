#include "server/http/proxy_certificate_header.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/crypto/certificate.h"

namespace bramley {
namespace {

// Bytes whose base64 has both '+' and '/', as a certificate's has.
const Bytes der = {0x30, 0x03, 0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff, 0x3e, 0x3f, 0x01};

std::string base64() {
  return encode_base64(der);
}
std::string pem(std::string_view line_break) {
  return "-----BEGIN CERTIFICATE-----" + std::string(line_break) + base64() +
         std::string(line_break) + "-----END CERTIFICATE-----" + std::string(line_break);
}
void expect_der(std::string_view header) {
  const auto parsed = parse_proxy_certificate_header(header);
  ASSERT_TRUE(parsed) << parsed.error().message << "\n" << header;
  EXPECT_EQ(*parsed, der) << header;
}

TEST(ProxyCertificateHeader, TheTestDataNeedsBothPlusAndSlash) {
  EXPECT_NE(base64().find('+'), std::string::npos);
  EXPECT_NE(base64().find('/'), std::string::npos);
}

TEST(ProxyCertificateHeader, Rfc9440) {
  expect_der(":" + base64() + ":");
}

TEST(ProxyCertificateHeader, NginxEscapedCert) {
  expect_der(encode_percent(pem("\n")));
}

TEST(ProxyCertificateHeader, GoQueryEscape) {
  std::string text = encode_percent(pem("\n"));
  for (std::size_t at = text.find("%20"); at != std::string::npos; at = text.find("%20")) {
    text.replace(at, 3, "+");
  }
  expect_der(text);
}

TEST(ProxyCertificateHeader, AwsAlbLeavesPlusSlashAndEqualsAlone) {
  std::string text = encode_percent(pem("\n"));
  for (const auto& [from, to] : {std::pair{"%2B", "+"}, {"%2F", "/"}, {"%3D", "="}}) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from)) {
      text.replace(at, 3, to);
    }
  }
  expect_der(text);
}

TEST(ProxyCertificateHeader, Traefik3BareBase64OfAChain) {
  expect_der(base64() + ",AAAA");
}

TEST(ProxyCertificateHeader, Traefik2EscapedBase64) {
  expect_der(encode_percent(base64()));
}

TEST(ProxyCertificateHeader, PemWithItsLineBreaksReplaced) {
  expect_der(pem(" "));
  expect_der(pem("\t"));
  expect_der(pem("\\n"));
}

TEST(ProxyCertificateHeader, EnvoyForwardsTheClientCertificate) {
  expect_der("By=spiffe://a;Hash=00ff;Cert=\"" + encode_percent(pem("\n")) +
             "\";Subject=\"CN=x,O=\\\"y\\\"\";URI=spiffe://b");
}

TEST(ProxyCertificateHeader, OfEnvoysListTheElementOfTheNearestProxyCounts) {
  const std::string forged = "By=x;Cert=\"" + encode_percent(pem("\n")) + "\"";
  EXPECT_FALSE(parse_proxy_certificate_header(forged + ",By=y;Hash=00"));
  expect_der("Hash=00;Cert=\"zzz\"," + forged);
}

TEST(ProxyCertificateHeader, AnythingElseIsRefused) {
  for (const char* text :
       {"", " ", ":", "::", ":AAAA", "AAA=A", "(null)", "%", "%zz", "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----AAAA", "Cert=\"Cert=\"", "Cert=", "Hash=00", ":AA AA:"}) {
    const auto parsed = parse_proxy_certificate_header(text);
    EXPECT_TRUE(!parsed || parsed->empty()) << text;
  }
}

TEST(ProxyCertificateHeader, TwoGenuineFormsOfOneCertificateAgree) {
  const char* vectors = std::getenv("BRAMLEY_VECTORS");
  if (vectors == nullptr) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  const auto line = [&](const char* name) {
    std::string text = to_text(*read_file(std::string(vectors) + "/" + name));
    while (!text.empty() && text.back() == '\n') {
      text.pop_back();
    }
    return text;
  };
  const auto rfc9440 = parse_proxy_certificate_header(line("certRFC9440.txt"));
  const auto escaped = parse_proxy_certificate_header(line("certQueryEscaped.txt"));
  ASSERT_TRUE(rfc9440);
  ASSERT_TRUE(escaped);
  EXPECT_EQ(*rfc9440, *escaped);
  EXPECT_TRUE(Certificate::from_der(*rfc9440));
}

}  // namespace
}  // namespace bramley
