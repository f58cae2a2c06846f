#include "server/http/query_parameters.h"

#include <gtest/gtest.h>

#include <array>

namespace bramley {
namespace {

Status check(const std::string& query, std::span<const std::string_view> known) {
  HttpRequest request;
  request.target = "/api/v1/things?" + query;
  return refuse_unknown_parameters(request, known);
}

TEST(QueryParameters, KnownOnesPassHoweverTheyAreWritten) {
  constexpr std::array<std::string_view, 2> known = {"device", limit_parameter};
  for (const char* query : {"", "&", "device=a", "limit=1&device=", "device", "&&limit=%zz&",
                            "%64evice=x", "device=a&device=b"}) {
    EXPECT_TRUE(check(query, known)) << query;
  }
}

TEST(QueryParameters, TheFirstUnknownOneIsNamed) {
  constexpr std::array<std::string_view, 2> known = {"device", limit_parameter};
  const Status refused = check("limit=1&devise=a&stat=b", known);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::malformed);
  EXPECT_EQ(refused.error().message, "unknown query parameter \"devise\"");
  EXPECT_EQ(refused.error().hint, "this path takes device, limit");
  for (const char* query : {"Device=a", "=a", "de+vice=a", "device%00=a", "%zz=a", "device=a&x"}) {
    EXPECT_FALSE(check(query, known)) << query;
  }
  EXPECT_LT(check(std::string(9000, 'x'), known).error().message.size(), 300U);
}

TEST(QueryParameters, WhereNoneIsKnownTheHintSaysSo) {
  EXPECT_TRUE(check("", {}));
  EXPECT_EQ(check("limit=1", {}).error().hint, "this path takes no query parameters");
}

}  // namespace
}  // namespace bramley
