#include "core/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace bramley {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error{ErrorCode::malformed, "odd"};
  }
  return number / 2;
}

Result<int> quarter(int number) {
  TRY_ASSIGN(const int once, half(number));
  return half(once);
}

Status check_quarter(int number) {
  TRY_ASSIGN([[maybe_unused]] const int result, quarter(number));
  return {};
}

Result<std::string> describe(int number) {
  TRY(check_quarter(number));
  return std::string("fine");
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(4), 2);
  const auto failed = half(3);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::malformed);
}

TEST(Result, MacrosPassErrorsOn) {
  EXPECT_EQ(*describe(8), "fine");
  EXPECT_EQ(describe(6).error().message, "odd");
  EXPECT_EQ(describe(5).error().message, "odd");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, StatusIsGoodByDefault) {
  EXPECT_TRUE(Status());
  EXPECT_FALSE(Status(Error{ErrorCode::internal, "x"}));
}

TEST(Error, SaysWhatWasBeingDoneFromTheOutsideIn) {
  const Error error = Error{ErrorCode::not_found, "no such file"}
                          .while_doing("read key")
                          .while_doing("start")
                          .with_hint("make one");
  EXPECT_EQ(error.message, "start: read key: no such file");
  EXPECT_EQ(error.hint, "make one");
  EXPECT_EQ(error.code, ErrorCode::not_found);
}

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.insert(error_code_name(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
  EXPECT_EQ(error_code_name(ErrorCode::not_found), "not_found");
}

}  // namespace
}  // namespace bramley
