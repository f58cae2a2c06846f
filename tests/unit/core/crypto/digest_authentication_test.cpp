#include "core/crypto/digest_authentication.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

constexpr std::string_view nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

// RFC 2617 §3.5: Mufasa's password is "Circle Of Life"; the hash is MD5 of name, realm, password.
DigestUsers mufasa() {
  return *parse_digest_users("Mufasa:testrealm@host.com:939e7578ed9e3c518a452acee763bce9\n");
}
std::string rfc_response(const std::string& response = "6629fae49393a05397450978507c4ef1") {
  return "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"" + std::string(nonce) +
         "\", uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", response=\"" +
         response + "\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
}

TEST(DigestAuthentication, TakesTheResponseOfRfc2617) {
  const auto name = verify_digest_response(rfc_response(), nonce, mufasa());
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "Mufasa");
}

TEST(DigestAuthentication, RefusesAWrongResponseNonceOrUserAlike) {
  const auto users = mufasa();
  const auto code = [&](const std::string& response, std::string_view with = nonce) {
    const auto name = verify_digest_response(response, with, users);
    return name ? ErrorCode::internal : name.error().code;
  };
  EXPECT_EQ(code(rfc_response("6629fae49393a05397450978507c4ef2")), ErrorCode::unauthenticated);
  EXPECT_EQ(code(rfc_response("")), ErrorCode::unauthenticated);
  EXPECT_EQ(code(rfc_response(), "another"), ErrorCode::unauthenticated);
  EXPECT_EQ(code("username=eve"), ErrorCode::unauthenticated);
  EXPECT_EQ(code(""), ErrorCode::unauthenticated);
}

TEST(DigestAuthentication, RefusesWhatIsNoResponse) {
  for (const std::string& response :
       {std::string("Digest"), std::string("username=\"open"), std::string("a=1, a=2"),
        std::string("=x"), std::string(5000, 'a')}) {
    const auto name = verify_digest_response(response, nonce, mufasa());
    ASSERT_FALSE(name) << response;
    EXPECT_EQ(name.error().code, ErrorCode::malformed) << response;
  }
}

TEST(DigestAuthentication, WritesTheChallenge) {
  EXPECT_EQ(digest_challenge("school", "n"),
            "Digest realm=\"school\", nonce=\"n\", qop=\"auth\", algorithm=MD5");
}

TEST(DigestUsers, ReadsWhatHtdigestWrites) {
  const auto users = parse_digest_users(
      "# people\n\nada:school:939e7578ed9e3c518a452acee763bce9\r\n"
      "grace:school:00000000000000000000000000000000");
  ASSERT_TRUE(users) << users.error().message;
  EXPECT_EQ(users->realm, "school");
  EXPECT_EQ(users->hashes.size(), 2U);
  EXPECT_EQ(users->hashes.at("ada"), "939e7578ed9e3c518a452acee763bce9");
}

TEST(DigestUsers, NamesTheLineAtFaultAndNeverItsContent) {
  const std::string good = "ada:school:939e7578ed9e3c518a452acee763bce9\n";
  for (const std::string& bad : {std::string("grace"), std::string("grace:school:secret"),
                                 std::string(":school:939e7578ed9e3c518a452acee763bce9"),
                                 std::string("grace:other:939e7578ed9e3c518a452acee763bce9"),
                                 std::string("ada:school:939e7578ed9e3c518a452acee763bce9")}) {
    const auto users = parse_digest_users(good + bad);
    ASSERT_FALSE(users) << bad;
    EXPECT_EQ(users.error().code, ErrorCode::malformed);
    EXPECT_EQ(users.error().message.rfind("line 2: ", 0), 0U) << users.error().message;
    EXPECT_EQ(users.error().message.find("secret"), std::string::npos);
  }
  EXPECT_FALSE(parse_digest_users(""));
}

}  // namespace
}  // namespace bramley
