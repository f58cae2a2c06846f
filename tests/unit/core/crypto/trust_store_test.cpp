#include "core/crypto/trust_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "tests/support/certificate_shapes.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using testing::HasSubstr;

const Timestamp now = FakeClock().now();

CertificateShape named(std::string name) {
  CertificateShape shape;
  shape.common_name = std::move(name);
  return shape;
}

CertificateShape with_usage(std::string usage) {
  CertificateShape shape;
  shape.extensions = {{NID_ext_key_usage, std::move(usage)}};
  return shape;
}

// A root, an intermediate below it and a device below that, each with a key of its own.
class TrustStoreTest : public testing::Test {
 protected:
  const PrivateKey& root_key = shared_test_key(0);
  const PrivateKey& middle_key = shared_test_key(1);
  const PrivateKey& device_key = shared_test_key(2);
  const Certificate root = make_shape(ca_shape("Root"), root_key, root_key, nullptr);
  const Certificate middle = make_shape(ca_shape("Middle"), middle_key, root_key, &root);
  const Certificate device = below_root(named("device"));

  Certificate below_root(const CertificateShape& shape) const {
    return make_shape(shape, device_key, root_key, &root);
  }
  Certificate below_middle(const CertificateShape& shape) const {
    return make_shape(shape, device_key, middle_key, &middle);
  }
};

TrustStore store_of(const std::vector<Certificate>& authorities) {
  return TrustStore::of(authorities).value();
}

void expect_refusal(const Status& status, std::string_view reason) {
  ASSERT_TRUE(failed_with(ErrorCode::unauthenticated, status));
  EXPECT_THAT(status.error().message, HasSubstr(std::string(reason)));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(TrustStoreTest, AcceptsWhatItsRootIssued) {
  EXPECT_TRUE(succeeded(store_of({root}).verify(device, now)));
}

TEST_F(TrustStoreTest, RefusesAnotherRootOfTheSameName) {
  const Certificate impostor = make_shape(ca_shape("Root"), middle_key, middle_key, nullptr);
  const Certificate forged = make_shape(named("device"), device_key, middle_key, &impostor);
  expect_refusal(store_of({root}).verify(forged, now), "signature failure");
}

TEST_F(TrustStoreTest, RefusesWhatNobodyKnows) {
  const Certificate lonely = make_test_requester(device_key);
  expect_refusal(store_of({root}).verify(lonely, now), "self-signed certificate");
  expect_refusal(store_of({}).verify(device, now), "unable to get local issuer certificate");
}

TEST_F(TrustStoreTest, JudgesEveryDateOfTheChain) {
  const TrustStore store = store_of({root});
  const std::chrono::seconds second{1};
  EXPECT_TRUE(succeeded(store.verify(device, device.not_before())));
  EXPECT_TRUE(succeeded(store.verify(device, device.not_after() - second)));
  expect_refusal(store.verify(device, device.not_before() - second), "not yet valid");
  expect_refusal(store.verify(device, device.not_after()), "has expired");

  CertificateShape longer = named("device");
  longer.not_after = root.not_after() + std::chrono::days(1);
  expect_refusal(store.verify(below_root(longer), longer.not_after), "has expired");
}

TEST_F(TrustStoreTest, SaysHowLongItsVerdictHolds) {
  CertificateShape shape = named("device");
  shape.not_before = now - std::chrono::days(1);
  shape.not_after = root.not_after() + std::chrono::days(1);
  const Certificate leaf = below_root(shape);
  const TrustStore store = store_of({root});
  const auto span = store.judge(leaf, now);
  ASSERT_TRUE(succeeded(span));
  const std::chrono::seconds second{1};
  EXPECT_EQ(span->begin, shape.not_before);
  EXPECT_EQ(span->end, root.not_after() - second);
  for (const Timestamp time :
       {span->begin - second, span->begin, now, span->end, span->end + second}) {
    EXPECT_EQ(span->contains(time), store.verify(leaf, time).has_value());
  }
}

TEST_F(TrustStoreTest, WantsClientAuthenticationOrNoUsageAtAll) {
  const TrustStore store = store_of({root});
  for (const char* usage :
       {"clientAuth", "serverAuth,clientAuth", "anyExtendedKeyUsage", "critical,clientAuth"}) {
    EXPECT_TRUE(succeeded(store.verify(below_root(with_usage(usage)), now))) << usage;
  }
  for (const char* usage : {"serverAuth", "emailProtection", "1.2.3.4"}) {
    expect_refusal(store.verify(below_root(with_usage(usage)), now), "client authentication");
  }
}

TEST_F(TrustStoreTest, AnUnreadableUsageAllowsNothing) {
  CertificateShape shape;
  shape.extensions = {{NID_ext_key_usage, "DER:0400"}};
  EXPECT_TRUE(
      failed_with(ErrorCode::unauthenticated, store_of({root}).verify(below_root(shape), now)));
}

TEST_F(TrustStoreTest, AnIntermediateMayNarrowTheUsage) {
  CertificateShape shape = ca_shape("Web CA");
  shape.extensions.emplace_back(NID_ext_key_usage, "serverAuth");
  const Certificate web = make_shape(shape, middle_key, root_key, &root);
  const Certificate leaf = make_shape(named("device"), device_key, middle_key, &web);
  expect_refusal(store_of({root, web}).verify(leaf, now), "client authentication");
}

// Apple's SCEP payload can ask for a key that encrypts only; the device signs with it all the same.
TEST_F(TrustStoreTest, DoesNotJudgeKeyUsage) {
  CertificateShape shape;
  shape.extensions = {{NID_key_usage, "critical,keyEncipherment"}};
  EXPECT_TRUE(succeeded(store_of({root}).verify(below_root(shape), now)));
}

TEST_F(TrustStoreTest, BuildsOnItsIntermediatesAndOnOfferedOnes) {
  const Certificate leaf = below_middle(named("device"));
  EXPECT_TRUE(succeeded(store_of({root, middle}).verify(leaf, now)));
  EXPECT_TRUE(succeeded(store_of({root}).verify(leaf, now, {middle})));
  expect_refusal(store_of({root}).verify(leaf, now), "unable to get local issuer");
}

TEST_F(TrustStoreTest, OfferedCertificatesAreNeverAnchors) {
  const Certificate other = make_shape(ca_shape("Other"), middle_key, middle_key, nullptr);
  const Certificate leaf = make_shape(named("device"), device_key, middle_key, &other);
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, store_of({root}).verify(leaf, now, {other})));
  EXPECT_TRUE(
      failed_with(ErrorCode::unauthenticated, store_of({middle}).verify(leaf, now, {other})));
}

TEST_F(TrustStoreTest, AnIntermediateAloneIsAnAnchor) {
  const Certificate leaf = below_middle(named("device"));
  EXPECT_TRUE(succeeded(store_of({middle}).verify(leaf, now)));
}

TEST_F(TrustStoreTest, AnIntermediateBesideARootIsNoAnchor) {
  const Certificate other = make_shape(ca_shape("Other"), device_key, device_key, nullptr);
  const Certificate leaf = below_middle(named("device"));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, store_of({other, middle}).verify(leaf, now)));
}

TEST_F(TrustStoreTest, ADeviceIsNoAuthority) {
  const Certificate leaf = make_shape(named("victim"), middle_key, device_key, &device);
  EXPECT_TRUE(
      failed_with(ErrorCode::unauthenticated, store_of({root}).verify(leaf, now, {device})));
}

TEST_F(TrustStoreTest, AcceptsOldAlgorithms) {
  const PrivateKey small = PrivateKey::generate_rsa(1024).value();
  CertificateShape shape = named("old iPad");
  shape.digest = EVP_sha1();
  const Certificate leaf = make_shape(shape, small, root_key, &root);
  EXPECT_TRUE(succeeded(store_of({root}).verify(leaf, now)));
}

TEST_F(TrustStoreTest, RefusesCriticalExtensionsThatNobodyKnows) {
  CertificateShape shape;
  shape.extensions = {{NID_netscape_comment, "critical,x"}};
  const Certificate leaf = below_root(shape);
  expect_refusal(store_of({root}).verify(leaf, now), "unhandled critical extension");
}

TEST_F(TrustStoreTest, RefusesTooManyOfferedCertificates) {
  const std::vector<Certificate> many(TrustStore::most_offered + 1, middle);
  expect_refusal(store_of({root}).verify(device, now, many), "too many certificates");
}

TEST_F(TrustStoreTest, TheSameAuthorityTwiceIsFine) {
  const TrustStore store = store_of({root, middle, root, middle});
  EXPECT_TRUE(succeeded(store.verify(below_middle(named("device")), now)));
  EXPECT_EQ(store.authorities().size(), 4U);
}

TEST_F(TrustStoreTest, CopiesAreTheSameStoreAndEqualOnesAreNot) {
  const std::vector<TrustStore> copies(2, store_of({root}));
  EXPECT_TRUE(copies[0].is_same(copies[1]));
  EXPECT_FALSE(store_of({root}).is_same(copies[0]));
}

TEST_F(TrustStoreTest, JudgesForThePurposeThatIsAskedFor) {
  const auto judged = [&](const char* usage, ChainPurpose purpose) {
    const auto leaf = below_root(usage == nullptr ? named("x") : with_usage(usage));
    return store_of({root}).verify(leaf, now, {}, purpose).has_value();
  };
  EXPECT_TRUE(judged("serverAuth", ChainPurpose::server_authentication));
  EXPECT_FALSE(judged("clientAuth", ChainPurpose::server_authentication));
  EXPECT_FALSE(judged("serverAuth", ChainPurpose::client_authentication));
  for (const char* usage : {"codeSigning", "clientAuth", "serverAuth"}) {
    EXPECT_TRUE(judged(usage, ChainPurpose::any)) << usage;
  }
  for (const auto purpose : {ChainPurpose::server_authentication,
                             ChainPurpose::client_authentication, ChainPurpose::any}) {
    EXPECT_TRUE(judged(nullptr, purpose));
  }
  expect_refusal(store_of({root}).verify(below_root(with_usage("clientAuth")), now, {},
                                         ChainPurpose::server_authentication),
                 "not for server authentication");
}

}  // namespace
}  // namespace bramley
