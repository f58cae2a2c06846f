#include "server/service/push_service.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(AbsentPushService, SaysSoForEachIdInTheirOrder) {
  AbsentPushService absent;
  const std::vector<std::string> ids = {"D2", "D1", "D2"};
  const auto outcomes = absent.push(ids);
  ASSERT_EQ(outcomes.size(), 3U);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(outcomes[i].enrollment_id, ids[i]);
    ASSERT_FALSE(outcomes[i].notification_id);
    EXPECT_EQ(outcomes[i].notification_id.error().code, ErrorCode::unsupported);
    EXPECT_EQ(outcomes[i].notification_id.error().message.rfind("no push provider: ", 0), 0U);
  }
}

}  // namespace
}  // namespace bramley
