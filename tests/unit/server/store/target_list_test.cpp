#include "server/store/target_list.h"

#include <gtest/gtest.h>

#include <limits>

namespace bramley {
namespace {

using Keys = std::vector<RowKey>;

TEST(TargetList, IsReadAsItWasWritten) {
  constexpr auto most = std::numeric_limits<RowKey>::max();
  for (const Keys& keys : {Keys{}, Keys{1}, Keys{1, 2, 3}, Keys{127, 254, 255, 383, 511},
                           Keys{128, 16'384, 2'097'152}, Keys{most}, Keys{5, most}}) {
    const auto read = decode_targets(encode_targets(keys));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, keys);
  }
}

TEST(TargetList, NeighboursAreAByteEach) {
  Keys keys;
  for (RowKey key = 1; key <= 1000; ++key) {
    keys.push_back(key);
  }
  EXPECT_EQ(encode_targets(keys).size(), 1000U);
}

TEST(TargetList, DamageIsSeen) {
  EXPECT_FALSE(decode_targets("\x01\x80"));
  EXPECT_FALSE(decode_targets(std::string(9, '\xff') + "\x7f"));
}

}  // namespace
}  // namespace bramley
