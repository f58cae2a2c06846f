#include "vendor-tool/apple_chain.h"

#include <gmock/gmock.h>

#include "tests/unit/cli/fake_http_client.h"
#include "tests/unit/vendor-tool/vendor_chain.h"

namespace bramley {
namespace {

using testing::HasSubstr;

TEST(AppleChain, IsFoundAmongOthersInAnyOrder) {
  const auto chain =
      find_apple_chain(vendor_certificate("vendor.pem"),
                       {vendor_certificate("vendor.pem"), vendor_certificate("intermediate.pem"),
                        vendor_certificate("root.pem")},
                       RootPin::any, test_time());
  ASSERT_TRUE(chain) << chain.error().message;
  EXPECT_EQ(chain->intermediate, vendor_certificate("intermediate.pem"));
  EXPECT_EQ(chain->root, vendor_certificate("root.pem"));
}

TEST(AppleChain, EndsInApplesRootUnlessAnyWillDo) {
  const auto chain = find_apple_chain(vendor_certificate("vendor.pem"), vendor_authorities(),
                                      RootPin::apple, test_time());
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(chain.error().message, HasSubstr("not Apple's root"));
}

TEST(AppleChain, NamesTheLinkThatIsMissing) {
  for (const char* left_out : {"root.pem", "intermediate.pem"}) {
    std::vector<Certificate> some = vendor_authorities();
    std::erase(some, vendor_certificate(left_out));
    const auto chain =
        find_apple_chain(vendor_certificate("vendor.pem"), some, RootPin::any, test_time());
    ASSERT_FALSE(chain);
    EXPECT_EQ(chain.error().code, ErrorCode::not_found);
    EXPECT_THAT(chain.error().message,
                HasSubstr("lacks '" + vendor_certificate(left_out).subject() + "'"));
  }
}

TEST(AppleChain, ExpiresWithItsLinks) {
  const auto late = vendor_certificate("root.pem").not_after() + std::chrono::seconds(1);
  const auto chain =
      find_apple_chain(vendor_certificate("vendor.pem"), vendor_authorities(), RootPin::any, late);
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, ErrorCode::unauthenticated);
}

TEST(AppleChain, IsFetchedByTheGenerationThatTheVendorNames) {
  std::vector<HttpRequest> requests;
  FakeHttpClient http(
      [](const HttpRequest& request) -> Result<HttpResponse> {
        const bool root = request.target.ends_with("/AppleIncRootCertificate.cer");
        HttpResponse response;
        response.body = vendor_certificate(root ? "root.pem" : "intermediate.pem").der();
        return response;
      },
      requests);
  const auto fetched = fetch_apple_chain(http, vendor_certificate("vendor.pem"));
  ASSERT_TRUE(fetched) << fetched.error().message;
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].target, "https://www.apple.com/certificateauthority/AppleWWDRCAG3.cer");
  EXPECT_EQ(requests[1].target, "https://www.apple.com/appleca/AppleIncRootCertificate.cer");
  EXPECT_TRUE(
      find_apple_chain(vendor_certificate("vendor.pem"), *fetched, RootPin::any, test_time()));
  // What a site says is not believed for that.
  EXPECT_FALSE(
      find_apple_chain(vendor_certificate("vendor.pem"), *fetched, RootPin::apple, test_time()));
}

TEST(AppleChain, AnAnswerThatIsNoCertificateIsNotTaken) {
  for (const HttpResponse& bad : {answer(404, "text/html", "<html>"), answer(200, "text/html", "x"),
                                  answer(200, "application/octet-stream", "")}) {
    std::vector<HttpRequest> requests;
    FakeHttpClient http([&](const HttpRequest&) -> Result<HttpResponse> { return bad; }, requests);
    const auto fetched = fetch_apple_chain(http, vendor_certificate("vendor.pem"));
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, ErrorCode::unavailable);
    EXPECT_THAT(fetched.error().message, HasSubstr("AppleWWDRCAG3.cer"));
  }
}

TEST(AppleChain, IsKeptInAFolder) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "bramley-chain-cache";
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(read_chain_cache(folder)->empty());
  const AppleChain chain{vendor_certificate("intermediate.pem"), vendor_certificate("root.pem")};
  ASSERT_TRUE(write_chain_cache(folder, chain));
  ASSERT_TRUE(write_chain_cache(folder, chain));
  const auto kept = read_chain_cache(folder);
  ASSERT_TRUE(kept);
  EXPECT_THAT(*kept, testing::UnorderedElementsAre(chain.intermediate, chain.root));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bramley
