#include "server/store/fact_codec.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

DeviceFacts some_facts() {
  const Timestamp then(std::chrono::seconds(1'700'000'000));
  DeviceFacts facts;
  facts.set(Fact::os_version, std::string("15.1"), then);
  facts.set(Fact::device_name, std::string(200, 'x'), std::nullopt);
  facts.set(Fact::supervised, true, then + std::chrono::hours(1));
  facts.set(Fact::lost_mode, false, then);
  facts.set(Fact::available_gb, -12.25, then);
  facts.set(Fact::last_seen, then, then);
  facts.set(Fact::enrolled_at, Timestamp(std::chrono::seconds(-1)), std::nullopt);
  return facts;
}

TEST(FactCodec, ComesBackAsItWas) {
  EXPECT_EQ(*decode_facts(encode_facts(some_facts())), some_facts());
  EXPECT_TRUE(decode_facts("")->empty());
}

TEST(FactCodec, WhatIsCutShortIsRefused) {
  DeviceFacts one;
  one.set(Fact::os_version, std::string("15.1"), Timestamp(std::chrono::seconds(1'700'000'000)));
  const auto whole = encode_facts(one);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_facts(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_facts(std::string("\x08\x07", 2)));                    // no such kind
  EXPECT_FALSE(decode_facts("\x08\x81" + std::string(12, '\xff')));          // endless
  EXPECT_FALSE(decode_facts("\x08\x02" + std::string(9, '\xff') + "\x7f"));  // longer than the text
}

TEST(FactCodec, AFactOfALaterVersionIsLeftOut) {
  const std::string unknown = std::string("\xf0\x02\x01", 3) + "x";
  EXPECT_EQ(*decode_facts(unknown + encode_facts(some_facts())), some_facts());
}

}  // namespace
}  // namespace bramley
