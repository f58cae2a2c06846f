#include "core/crypto/digest.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"

namespace bramley {
namespace {

// FIPS 180-2, appendix B.1.
TEST(Digest, Sha256OfAbc) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231 §4.3, test case 2.
TEST(Digest, HmacOfRfc4231) {
  EXPECT_EQ(encode_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, HmacTakesAnEmptyKeyAndText) {
  EXPECT_EQ(encode_hex(hmac_sha256({}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Fingerprint, ReadsItsOwnHexInEitherCase) {
  const Fingerprint fingerprint = sha256(as_bytes("abc"));
  EXPECT_EQ(*Fingerprint::from_hex(fingerprint.hex()), fingerprint);
  EXPECT_EQ(*Fingerprint::from_hex(encode_hex(fingerprint.bytes, HexCase::upper)), fingerprint);
}

TEST(Fingerprint, RefusesOtherLengthsAndLetters) {
  const std::string hex = sha256({}).hex();
  for (const std::string& text : {std::string(), hex.substr(2), hex + "00", hex.substr(1) + "g"}) {
    const auto result = Fingerprint::from_hex(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::malformed);
  }
}

TEST(ConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time(as_bytes("secret"), as_bytes("secret")));
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secret1")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), {}));
}

}  // namespace
}  // namespace bramley
