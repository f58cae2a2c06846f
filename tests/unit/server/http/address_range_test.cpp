#include "server/http/address_range.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(AddressRange, ContainsWhatItsPrefixSays) {
  const auto range = AddressRange::parse("10.20.0.0/15");
  ASSERT_TRUE(range);
  EXPECT_TRUE(range->contains("10.20.0.1"));
  EXPECT_TRUE(range->contains("10.21.255.255"));
  EXPECT_FALSE(range->contains("10.22.0.0"));
  EXPECT_FALSE(range->contains("::1"));
  EXPECT_FALSE(range->contains("nonsense"));
}

TEST(AddressRange, AnIpv4AddressSeenThroughAnIpv6SocketIsTheSame) {
  const auto range = AddressRange::parse("127.0.0.1");
  ASSERT_TRUE(range);
  EXPECT_TRUE(range->contains("::ffff:127.0.0.1"));
}

TEST(AddressRange, Ipv6) {
  const auto range = AddressRange::parse("fd00::/8");
  ASSERT_TRUE(range);
  EXPECT_TRUE(range->contains("fdff::1"));
  EXPECT_TRUE(range->contains("fd00::1%eth0"));
  EXPECT_FALSE(range->contains("fe80::1"));
}

TEST(AddressRange, WholeFamilies) {
  EXPECT_TRUE(AddressRange::parse("0.0.0.0/0")->contains("192.0.2.1"));
  EXPECT_FALSE(AddressRange::parse("0.0.0.0/0")->contains("2001:db8::1"));
  EXPECT_TRUE(AddressRange::parse("::/0")->contains("192.0.2.1"));
}

TEST(AddressRange, RefusesWhatIsNoRange) {
  for (const char* text : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0/8", "x",
                           "10.0.0.0/8 ", "10.0.0.0/-1"}) {
    EXPECT_FALSE(AddressRange::parse(text)) << text;
  }
}

}  // namespace
}  // namespace bramley
