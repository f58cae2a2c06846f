#include "core/crypto/sealer.h"

#include <gtest/gtest.h>

#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

std::shared_ptr<const Sealer> sealer_with(std::uint8_t fill, std::uint64_t seed = 1) {
  return make_sealer(SecretBytes(Bytes(32, fill)), std::make_shared<SeededRandom>(seed)).value();
}

TEST(Sealer, OpensWhatItSealed) {
  const auto sealer = sealer_with(1);
  for (const std::size_t size : {0U, 1U, 16U, 100'000U}) {
    const Bytes plain(size, 0x5A);
    const Bytes sealed = sealer->seal(plain, "unlock_token/U1").value();
    EXPECT_EQ(sealed.size(), size + 1 + 12 + 16);
    EXPECT_EQ(sealed.front(), 1);
    const auto opened = sealer->open(sealed, "unlock_token/U1");
    ASSERT_TRUE(succeeded(opened));
    EXPECT_EQ(to_bytes(opened->reveal()), plain);
  }
}

TEST(Sealer, ADifferentKeyOrContextOpensNothing) {
  const Bytes sealed = sealer_with(1)->seal(as_bytes("secret"), "a/1").value();
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, sealer_with(2)->open(sealed, "a/1")));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, sealer_with(1)->open(sealed, "a/2")));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, sealer_with(1)->open(sealed, "")));
  EXPECT_TRUE(succeeded(sealer_with(1)->open(sealed, "a/1")));
}

TEST(Sealer, EveryFlippedBitAndEveryCutIsNoticed) {
  const auto sealer = sealer_with(1);
  const Bytes sealed = sealer->seal(as_bytes("secret"), "a/1").value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes damaged = sealed;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, sealer->open(damaged, "a/1"))) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_TRUE(
        failed_with(ErrorCode::unauthenticated, sealer->open(ByteView(sealed).first(size), "a/1")));
  }
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, sealer->open(longer, "a/1")));
}

TEST(Sealer, NeverSealsTheSameWayTwice) {
  const auto sealer = sealer_with(1);
  EXPECT_NE(*sealer->seal(as_bytes("secret"), "a"), *sealer->seal(as_bytes("secret"), "a"));
}

TEST(Sealer, WantsAKeyOf32Bytes) {
  for (const std::size_t size : {0U, 16U, 31U, 33U}) {
    EXPECT_TRUE(failed_with(ErrorCode::malformed, make_sealer(SecretBytes(Bytes(size, 1)),
                                                              std::make_shared<SeededRandom>())));
  }
}

}  // namespace
}  // namespace bramley
