#include "core/base/secret_bytes.h"

#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>
#include <utility>

namespace bramley {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(!Streamable<SecretBytes>);
static_assert(!std::is_convertible_v<std::string_view, SecretBytes>);

TEST(SecretBytes, MovesAndLeavesNothing) {
  SecretBytes first{std::string_view("secret")};
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(second.reveal_text(), "secret");
  SecretBytes third{std::string_view("other")};
  third = std::move(second);
  EXPECT_EQ(third.reveal_text(), "secret");
}

TEST(SecretBytes, ClonesOnlyWhenAsked) {
  const SecretBytes first{std::string_view("secret")};
  const SecretBytes copy = first.clone();
  EXPECT_EQ(copy.reveal_text(), "secret");
  EXPECT_NE(copy.reveal().data(), first.reveal().data());
  EXPECT_EQ(copy.size(), 6U);
}

TEST(SecretBytes, MovedFromOwnersDoNotWipeWhatTheyGaveAway) {
  SecretBytes kept;
  {
    SecretBytes given{std::string_view("secret")};
    kept = std::move(given);
  }
  EXPECT_EQ(kept.reveal_text(), "secret");
}

}  // namespace
}  // namespace bramley
