#include "vendor-tool/signing_customers.h"

#include <gmock/gmock.h>

namespace bramley {
namespace {

SigningCustomers customers(std::string_view text) {
  auto parsed = SigningCustomers::parse(as_bytes(text));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return *std::move(parsed);
}

TEST(SigningCustomers, AKeyIsOnePersons) {
  // printf %s 0123456789abcdef | sha256sum
  const SigningCustomers both = customers(
      R"({"customers":[
        {"name":"a","key":"aaaaaaaaaaaaaaaa","domains":{"a.test":"manual"}},
        {"name":"b","key_sha256":"9F9F5111F7B27A781F1F1DDDE5EBC2DD2B796BFC7365C9C28B548E564176929F",
         "domains":{"*":"automatic"}}]})");
  EXPECT_EQ(both.size(), 2U);
  EXPECT_TRUE(both.has_keys_in_clear());
  EXPECT_EQ(both.find_by_key(as_bytes("aaaaaaaaaaaaaaaa"))->name, "a");
  EXPECT_EQ(both.find_by_key(as_bytes("0123456789abcdef"))->name, "b");
  for (const char* other : {"", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAA"}) {
    EXPECT_EQ(both.find_by_key(as_bytes(other)), nullptr) << other;
  }
}

TEST(SigningCustomers, TheMostSpecificRuleCounts) {
  const SigningCustomers one = customers(
      R"({"customers":[{"name":"a","key":"aaaaaaaaaaaaaaaa",
        "domains":{"Own.Test":"automatic","*":"manual"}}]})");
  const SigningCustomer& customer = *one.find_by_key(as_bytes("aaaaaaaaaaaaaaaa"));
  EXPECT_EQ(customer.rule_for("x@own.test"), Approval::automatic);
  EXPECT_EQ(customer.rule_for("x@OWN.TEST"), Approval::automatic);
  EXPECT_EQ(customer.rule_for("x@sub.own.test"), Approval::manual);
  EXPECT_EQ(customer.rule_for("own.test@other.test"), Approval::manual);
  const SigningCustomers closed = customers(
      R"({"customers":[{"name":"a","key":"aaaaaaaaaaaaaaaa","domains":{"own.test":"manual"}}]})");
  EXPECT_EQ(closed.find_by_key(as_bytes("aaaaaaaaaaaaaaaa"))->rule_for("x@other.test"),
            std::nullopt);
}

TEST(SigningCustomers, NoMessageHoldsAKey) {
  for (const char* text :
       {R"({"customers":[{"name":"a","key":"secretsecretsecret"}]})",
        R"({"customers":[{"name":"a","key":"secret","domains":{"*":"manual"}}]})",
        R"({"customers":[{"name":"a","key_sha256":"secret","domains":{"*":"manual"}}]})",
        R"({"customers":[{"key":"secretsecretsecret","domains":{"*":"manual"}}]})",
        R"({"customers":[{"name":"a","key":"secretsecretsecret",)"}) {
    const auto parsed = SigningCustomers::parse(as_bytes(text));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::malformed);
    EXPECT_THAT(parsed.error().message, testing::Not(testing::HasSubstr("secret")));
  }
}

TEST(SafeEmail, IsWhatMayStandOnACommandLine) {
  for (const char* good :
       {"a@b", "first.last+tag@example.com", "o'hara@example.co.uk", "x_y@a-b.example"}) {
    EXPECT_TRUE(is_safe_email(good)) << good;
  }
  for (const char* bad : {"",           "@",
                          "a@",         "@b",
                          "a",          "-a@b",
                          ".a@b",       "a@-b",
                          "a@b-",       "a@.b",
                          "a@b.",       "a@b..c",
                          "a@b@c",      "a b@c",
                          "a@b c",      "a\n@b",
                          "a@b\n",      "a@b\r\nBcc: x",
                          "\"a\"@b",    "a;b@c",
                          "a@b;c",      "a@[127.0.0.1]",
                          "<a@b>",      "a,b@c",
                          "\xC3\xA9@b", "a\\@b",
                          "a(b)@c"}) {
    EXPECT_FALSE(is_safe_email(bad)) << bad;
  }
  EXPECT_TRUE(is_safe_email(std::string(64, 'a') + "@b"));
  EXPECT_FALSE(is_safe_email(std::string(65, 'a') + "@b"));
  EXPECT_FALSE(is_safe_email("a@" + std::string(253, 'b')));
}

}  // namespace
}  // namespace bramley
