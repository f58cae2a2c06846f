#include "core/crypto/certificate_names.h"

#include <gtest/gtest.h>

#include "core/crypto/local_certificate_authority.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

TEST(CertificateNames, AddressesAreToldAsText) {
  SelfSignedTerms terms;
  terms.subject = {{"CN", "server"}};
  terms.not_before = FakeClock().now();
  terms.not_after = terms.not_before + std::chrono::hours(1);
  const auto key = PrivateKey::generate_ec_p256();
  SeededRandom random;
  terms.host_names = {"mdm.example.com", "192.0.2.1", "2001:db8::1"};
  const auto named = make_self_signed(*key, terms, random);
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(ip_addresses_of(*named), (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  terms.host_names = {"mdm.example.com"};
  EXPECT_TRUE(ip_addresses_of(*make_self_signed(*key, terms, random)).empty());
}

}  // namespace
}  // namespace bramley
