#include "cli/serve_settings.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(LocalApiUrl, IsByTheNameThatTheCertificateIsFor) {
  EXPECT_EQ(local_api_url("https://mdm.example.com", TlsMode::files, {"https://0.0.0.0:443"}),
            "https://mdm.example.com");
  EXPECT_EQ(
      local_api_url("https://mdm.example.com", TlsMode::self_made, {"https://127.0.0.1:8443"}),
      "https://localhost:8443");
  EXPECT_EQ(local_api_url("https://mdm.example.com", TlsMode::off, {"http://0.0.0.0:8080"}),
            "http://localhost:8080");
  EXPECT_EQ(local_api_url("https://mdm.example.com", TlsMode::off, {"http://[::1]:8080"}),
            "http://[::1]:8080");
}

TEST(LocalApiUrl, IsOnTheListenerOfTheApi) {
  EXPECT_EQ(local_api_url("https://mdm.example.com:8443", TlsMode::files,
                          {"https://0.0.0.0:443", "https://127.0.0.1:7777"}),
            "https://mdm.example.com:7777");
  EXPECT_EQ(local_api_url("https://[fd00::1]", TlsMode::files,
                          {"https://[fd00::1]:443", "https://[fd00::1]:7777"}),
            "https://[fd00::1]:7777");
  EXPECT_EQ(local_api_url("https://localhost:8443", TlsMode::self_made,
                          {"https://127.0.0.1:8443", "https://127.0.0.1:7777"}),
            "https://localhost:7777");
}

}  // namespace
}  // namespace bramley
