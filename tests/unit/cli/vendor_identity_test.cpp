#include "cli/vendor_identity.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <sstream>

#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/cli/fake_http_client.h"
#include "tests/unit/vendor-tool/vendor_chain.h"

namespace bramley {
namespace {

using testing::HasSubstr;

// Apple's site is a fake, and the cache a folder of the test's own.
class VendorIdentityTest : public testing::Test {
 protected:
  VendorIdentityTest() : clock_(test_time()) {
    std::string name =
        (std::filesystem::path(testing::TempDir()) / "bramley-vendor-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    flags_.certificate = folder_ / "vendor.pem";
    flags_.key = folder_ / "vendor.key";
    flags_.any_root = true;
    flags_.fetch_chain = true;
    EXPECT_TRUE(write_file(flags_.certificate, vendor_file("vendor.pem"), FileMode::shared,
                           Overwrite::refuse));
    EXPECT_TRUE(
        write_file(flags_.key, vendor_file("vendor.key"), FileMode::secret, Overwrite::refuse));
  }
  ~VendorIdentityTest() override { std::filesystem::remove_all(folder_); }

  Result<VendorIdentity> read(KeepChain keep) {
    const std::string home = folder_.string();
    Surroundings surroundings{
        .out = out_,
        .err = err_,
        .environment = [&](const char* name) -> const char* {
          return std::string_view(name) == "HOME" ? home.c_str() : nullptr;
        },
        .clock = clock_,
        .random = random_,
        .make_http = [this](HttpClientOptions) -> std::unique_ptr<HttpClient> {
          return std::make_unique<FakeHttpClient>(
              [](const HttpRequest& request) -> Result<HttpResponse> {
                const bool root = request.target.ends_with("/AppleIncRootCertificate.cer");
                HttpResponse response;
                response.body = vendor_certificate(root ? "root.pem" : "intermediate.pem").der();
                return response;
              },
              requests_);
        },
        .sleep = [](std::chrono::milliseconds) {},
        .elapsed = [] { return std::chrono::milliseconds(0); },
        .out_width = std::nullopt};
    const GlobalFlags flags;
    Session session(surroundings, flags, OutputFormat::table);
    return read_vendor_identity(session, flags_, keep);
  }

  std::filesystem::path folder_;
  VendorFlags flags_;
  FakeClock clock_;
  SeededRandom random_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::vector<HttpRequest> requests_;
};

TEST_F(VendorIdentityTest, TheChainIsFetchedOnceAndKept) {
  const auto first = read(KeepChain::yes);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->chain.root, vendor_certificate("root.pem"));
  EXPECT_EQ(requests_.size(), 2U);
  ASSERT_TRUE(read(KeepChain::yes));
  EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(VendorIdentityTest, ADryRunKeepsNothing) {
  ASSERT_TRUE(read(KeepChain::no));
  EXPECT_FALSE(std::filesystem::exists(folder_ / ".cache"));
}

TEST_F(VendorIdentityTest, NothingIsFetchedUnasked) {
  flags_.fetch_chain = false;
  const auto identity = read(KeepChain::yes);
  ASSERT_FALSE(identity);
  EXPECT_THAT(identity.error().message, HasSubstr("the certificate chain lacks"));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(VendorIdentityTest, WhatIsFetchedIsHeldToThePin) {
  flags_.any_root = false;
  const auto identity = read(KeepChain::yes);
  ASSERT_FALSE(identity);
  EXPECT_THAT(identity.error().message, HasSubstr("which is not Apple's root"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / ".cache"));
}

}  // namespace
}  // namespace bramley
