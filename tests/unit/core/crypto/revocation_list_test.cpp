#include "core/crypto/revocation_list.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

const Timestamp now{std::chrono::seconds(1'700'000'000)};

LocalCertificateAuthority authority() {
  SeededRandom random;
  AuthorityTerms terms;
  terms.common_name = "CA";
  terms.not_before = now - std::chrono::hours(1);
  terms.not_after = now + std::chrono::days(30);
  auto made = make_certificate_authority(terms, random);
  return *LocalCertificateAuthority::load(std::move(made->certificate), std::move(made->key));
}

// What openssl(1) reads in it is tests/blackbox/revocation_test.py's question.
TEST(RevocationList, IsTheSameForTheSameAndGrowsWithWhatItLists) {
  const auto ca = authority();
  const RevocationListTerms terms{now, now + std::chrono::hours(24)};
  const auto empty = make_revocation_list(ca, {}, terms);
  const std::vector<Revocation> some = {{"0102", now, RevocationReason::unspecified},
                                        {"FF00", now, RevocationReason::superseded}};
  const auto full = make_revocation_list(ca, some, terms);
  ASSERT_TRUE(empty && full);
  EXPECT_EQ(*full, *make_revocation_list(ca, some, terms));
  EXPECT_GT(full->size(), empty->size());
}

TEST(RevocationList, ASerialNumberThatIsNoneIsNamed) {
  const std::vector<Revocation> broken = {{"xyz", now, RevocationReason::unspecified}};
  const auto list = make_revocation_list(authority(), broken, {now, now});
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().message.find("'xyz'"), std::string::npos);
}

}  // namespace
}  // namespace bramley
