#include "core/base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

TEST(SystemRandom, FillsAllOfItAndDoesNotRepeat) {
  SystemRandom random;
  std::set<Bytes> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(random_bytes(random, 16));
  }
  EXPECT_EQ(seen.size(), 100U);
  // More than one call of the kernel gives at once, and no part of it left as it was.
  const Bytes large = random_bytes(random, 100'000);
  for (std::size_t start = 0; start < large.size(); start += 10'000) {
    const ByteView part = ByteView(large).subspan(start, 10'000);
    EXPECT_GT(std::set<std::uint8_t>(part.begin(), part.end()).size(), 200U);
  }
}

// RFC 9562 §5.4.
TEST(RandomUuid, IsOfVersionFourInUpperCase) {
  SeededRandom random;
  for (int i = 0; i < 50; ++i) {
    const std::string uuid = random_uuid(random);
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
      EXPECT_EQ(uuid[at] == '-', is_dash);
      EXPECT_NE(std::string_view("0123456789ABCDEF-").find(uuid[at]), std::string_view::npos);
    }
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string_view("89AB").find(uuid[19]), std::string_view::npos);
  }
}

TEST(RandomToken, HasTheLengthOfItsBytesInBase64) {
  SeededRandom random;
  EXPECT_EQ(random_token(random, 24).size(), 32U);
  EXPECT_EQ(random_token(random, 32).size(), 43U);
  EXPECT_NE(random_token(random, 24), random_token(random, 24));
}

}  // namespace
}  // namespace bramley
