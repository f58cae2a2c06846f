#include "core/crypto/certificate_chain.h"

#include <gtest/gtest.h>

#include "tests/support/certificate_shapes.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

class CertificateChain : public testing::Test {
 protected:
  const Certificate root =
      make_shape(ca_shape("Root"), shared_test_key(0), shared_test_key(0), nullptr);
  const Certificate middle =
      make_shape(ca_shape("Middle"), shared_test_key(1), shared_test_key(0), &root);
  const Certificate leaf = make_shape({}, shared_test_key(2), shared_test_key(1), &middle);
  // Of the same name as the root, with another key.
  const Certificate namesake =
      make_shape(ca_shape("Root"), shared_test_key(3), shared_test_key(3), nullptr);
};

using Chain = std::vector<Certificate>;

TEST_F(CertificateChain, IsPutInOrderWhateverTheOrder) {
  EXPECT_EQ(chain_from(leaf, {root, leaf, middle}), (Chain{leaf, middle, root}));
  EXPECT_EQ(chain_from(leaf, {middle, middle, root, root}), (Chain{leaf, middle, root}));
  EXPECT_EQ(chain_from(root, {middle, leaf}), Chain{root});
}

TEST_F(CertificateChain, EndsWhereTheNextIssuerIsMissing) {
  EXPECT_EQ(chain_from(leaf, {}), Chain{leaf});
  EXPECT_EQ(chain_from(leaf, {root}), Chain{leaf});
  EXPECT_EQ(chain_from(leaf, {middle}), (Chain{leaf, middle}));
}

TEST_F(CertificateChain, GoesBySignaturesAndNotByNames) {
  EXPECT_EQ(chain_from(leaf, {namesake, middle}), (Chain{leaf, middle}));
  EXPECT_EQ(chain_from(leaf, {namesake, middle, root}), (Chain{leaf, middle, root}));
}

TEST_F(CertificateChain, ARootSignsItself) {
  EXPECT_TRUE(is_self_signed(root));
  EXPECT_FALSE(is_self_signed(middle));
  EXPECT_FALSE(
      is_self_signed(make_shape(ca_shape("Root"), shared_test_key(3), shared_test_key(0), &root)));
}

}  // namespace
}  // namespace bramley
