#include "vendor-tool/signing_protocol.h"

#include <gmock/gmock.h>

namespace bramley {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SigningProtocol, ARequestIsTheServicesJson) {
  const SigningRequest request{"CSR", "a@b", SecretBytes(std::string_view("key")), "CERT"};
  EXPECT_EQ(to_text(write_signing_request(request)),
            "{\"csr\":\"Q1NS\",\"email\":\"a@b\",\"key\":\"key\",\"encrypt\":\"Q0VSVA==\"}\n");
  const auto back = read_signing_request(write_signing_request(request));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->csr, "CSR");
  EXPECT_EQ(back->email, "a@b");
  EXPECT_EQ(back->key.reveal_text(), "key");
  EXPECT_EQ(back->encrypt, "CERT");
}

TEST(SigningProtocol, NamesHaveAnyCaseAndOthersArePassedOver) {
  EXPECT_TRUE(read_signing_request(as_bytes(
      R"({"CSR":"Q1NS","Email":"a@b","KEY":"k","Encrypt":"Q0VSVA==","x":{"y":[null]},"z":1})")));
}

TEST(SigningProtocol, WhatIsNoRequestSaysSoWithoutItsContent) {
  for (const char* text :
       {"", "secret", "[]", "null", "\"secret\"", R"({"csr":"Q1NS"})",
        R"({"csr":"Q1NS","email":"a@b","key":"secret","encrypt":"!"})",
        R"({"csr":"","email":"a@b","key":"secret","encrypt":"Q0VSVA=="})",
        R"({"csr":"Q1NS","email":"a@b","key":"secret","Key":"secret","encrypt":"Q0VSVA=="})",
        R"({"csr":"Q1NS","email":"a@b","key":"secret","encrypt":"Q0VSVA=="} x)",
        R"({"csr":"Q1NS","email":["a@b"],"key":"secret","encrypt":"Q0VSVA=="})"}) {
    const auto request = read_signing_request(as_bytes(text));
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().code, ErrorCode::malformed);
    EXPECT_THAT(request.error().message, Not(HasSubstr("secret")));
  }
  std::string deep = R"({"x":)";
  for (int i = 0; i < 100'000; ++i) {
    deep += "[";
  }
  EXPECT_FALSE(read_signing_request(as_bytes(deep)));
}

TEST(SigningProtocol, Answers) {
  EXPECT_EQ(to_text(write_signing_answer(std::nullopt)), "{\"result\":\"success\"}\n");
  EXPECT_EQ(to_text(write_signing_answer("no")), "{\"result\":\"failure\",\"reason\":\"no\"}\n");
  EXPECT_TRUE(read_signing_answer(as_bytes(R"({"Result":"success","id":7})")));
  const auto failure = read_signing_answer(as_bytes(R"({"result":"failure","reason":"why"})"));
  EXPECT_EQ(failure.error().code, ErrorCode::forbidden);
  EXPECT_EQ(failure.error().message, "why");
  EXPECT_EQ(read_signing_answer(as_bytes(R"({"result":"failure"})")).error().message,
            "refused without a reason");
  EXPECT_EQ(read_signing_answer(as_bytes(R"({"result":"Success!"})")).error().code,
            ErrorCode::forbidden);
  for (const char* none : {"", "ok", "{}", "[]", R"({"result":true})"}) {
    EXPECT_EQ(read_signing_answer(as_bytes(none)).error().code, ErrorCode::malformed) << none;
  }
  EXPECT_LE(read_signing_answer(
                as_bytes(R"({"result":"failure","reason":")" + std::string(9000, 'x') + R"("})"))
                .error()
                .message.size(),
            500U);
}

}  // namespace
}  // namespace bramley
