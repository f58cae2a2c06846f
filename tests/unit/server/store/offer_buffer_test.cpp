#include "server/store/offer_buffer.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(OfferBuffer, CountsUntilThereIsAnAnswer) {
  OfferBuffer offers;
  offers.note({1, 7});
  offers.note({1, 7});
  offers.note({2, 7});
  EXPECT_EQ(offers.count({1, 7}), 2);
  offers.forget({1, 7});
  EXPECT_EQ(offers.count({1, 7}), 0);
  EXPECT_EQ(offers.count({2, 7}), 1);
  EXPECT_EQ(offers.size(), 1U);
}

TEST(OfferBuffer, WhatIsBeingWrittenCountsUntilItIsWritten) {
  OfferBuffer offers;
  for (int i = 0; i < 5; ++i) {
    offers.note({i, 7});
  }
  const auto first = offers.take(3);
  ASSERT_EQ(first.size(), 3U);
  offers.note({0, 7});
  EXPECT_EQ(offers.count({0, 7}), 2);
  // The transaction failed: it comes again, without what came meanwhile.
  EXPECT_EQ(offers.take(3).front().count, 1);
  offers.written(first);
  EXPECT_EQ(offers.count({0, 7}), 1);
  EXPECT_EQ(offers.take(100).size(), 2U);
  offers.written(offers.take(100));
  EXPECT_EQ(offers.take(100).size(), 1U);
  EXPECT_EQ(offers.size(), 1U);
}

}  // namespace
}  // namespace bramley
