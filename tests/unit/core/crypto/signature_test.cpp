#include "core/crypto/signature.h"

#include <gtest/gtest.h>

#include "tests/support/vectors.h"

namespace bramley {
namespace {

TEST(Signature, HoldsForItsDataDigestAndKeyOnly) {
  const auto key = PrivateKey::from_file_content(own_vector("key-material/push.key")).value();
  const auto signer = Certificate::from_file_content(own_vector("key-material/push.pem")).value();
  const auto other = Certificate::from_file_content(own_vector("key-material/ca.pem")).value();
  for (const DigestAlgorithm digest : {DigestAlgorithm::sha1, DigestAlgorithm::sha256,
                                       DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    const Bytes signature = sign_data(key, digest, as_bytes("data")).value();
    EXPECT_TRUE(verify_data(signer, digest, as_bytes("data"), signature));
    EXPECT_FALSE(verify_data(signer, digest, as_bytes("date"), signature));
    EXPECT_FALSE(verify_data(other, digest, as_bytes("data"), signature));
  }
  const Bytes signature = sign_data(key, DigestAlgorithm::sha256, as_bytes("data")).value();
  const auto mistaken = verify_data(signer, DigestAlgorithm::sha1, as_bytes("data"), signature);
  ASSERT_FALSE(mistaken);
  EXPECT_EQ(mistaken.error().code, ErrorCode::unauthenticated);
  EXPECT_FALSE(sign_data(key, DigestAlgorithm::other, as_bytes("data")));
}

TEST(Certificate, KnowsItsIssuerAndExtensions) {
  const auto push = Certificate::from_file_content(own_vector("key-material/push.pem")).value();
  const auto issuer = Certificate::from_file_content(own_vector("key-material/ca.pem")).value();
  EXPECT_TRUE(push.is_issued_by(issuer));
  EXPECT_TRUE(issuer.is_issued_by(issuer));
  EXPECT_FALSE(issuer.is_issued_by(push));
  EXPECT_TRUE(push.has_extension("1.2.840.113635.100.6.3.2"));
  EXPECT_FALSE(push.has_extension("1.2.840.113635.100.6.3"));
  EXPECT_TRUE(push.has_extension_below("1.2.840.113635.100.6.3"));
  EXPECT_FALSE(push.has_extension_below("1.2.840.113635.100.6.3.2"));
  EXPECT_FALSE(push.has_extension_below("1.2.840.113635.100.4"));
  EXPECT_TRUE(push.has_rsa_key());
}

}  // namespace
}  // namespace bramley
