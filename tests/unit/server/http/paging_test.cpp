#include "server/http/paging.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"

namespace bramley {
namespace {

Result<PageRequest> page_of(const std::string& query) {
  HttpRequest request;
  request.target = "/things" + query;
  return page_request(request, "things");
}

std::string cursor_after(std::string_view store_cursor, std::string_view list = "things") {
  return page_document(list, Json::array(), store_cursor)["next_cursor"].get<std::string>();
}

TEST(Paging, TheLimitHasADefaultAndTwoEnds) {
  EXPECT_EQ(page_of("")->limit, 50U);
  EXPECT_EQ(page_of("?limit=1")->limit, 1U);
  EXPECT_EQ(page_of("?limit=500")->limit, 500U);
  for (const char* text : {"0", "501", "-1", "+5", "5x", "", "%205", "99999999999999999999"}) {
    const auto page = page_of(std::string("?limit=") + text);
    ASSERT_FALSE(page) << text;
    EXPECT_EQ(page.error().code, ErrorCode::malformed);
  }
}

TEST(Paging, ACursorComesBackAsTheStoreGaveIt) {
  for (const char* cursor : {"UDID:1", "2026-11-24|x/y?&=", "\xff\x01"}) {
    EXPECT_EQ(page_of("?cursor=" + cursor_after(cursor))->after, cursor);
  }
}

TEST(Paging, NoCursorMeansTheEnd) {
  EXPECT_EQ(page_document("things", Json::array({1}), "").dump(),
            R"({"things":[1],"next_cursor":null})");
}

TEST(Paging, AForeignCursorIsRefused) {
  const std::string others = cursor_after("x", "other_things");
  const std::string padded = cursor_after("ab") + "==";
  const std::string none = encode_base64url(as_bytes("things:"));
  for (const std::string& cursor : {std::string("UDID1"), std::string("!"), std::string(), others,
                                    padded, none, std::string(4000, 'A')}) {
    const auto page = page_of("?cursor=" + cursor);
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().message, "\"cursor\" is not one of this list");
  }
}

}  // namespace
}  // namespace bramley
