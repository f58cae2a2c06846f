// The short way against stock CMS_verify, on messages damaged in every way we could think of. The
// verifier has seen the certificate before, so that its short way really judges.

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>

#include "core/crypto/mdm_signature.h"
#include "tests/support/certificate_shapes.h"
#include "tests/support/mdm_messages.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

const Timestamp now = FakeClock().now();
const Bytes body = to_bytes("<plist><dict/></plist>");

struct Sample {
  std::string name;
  Bytes message;
};

class MdmSignatureAgreement : public testing::Test {
 protected:
  const Certificate root =
      make_shape(ca_shape("Root"), shared_test_key(0), shared_test_key(0), nullptr);
  const TrustStore trust = TrustStore::of({root}).value();
  const PrivateKey& key = shared_test_key(1);
  const PrivateKey ec_key = PrivateKey::generate_ec_p256().value();
  const Certificate certificate = make_shape({}, key, shared_test_key(0), &root);
  const Certificate ec_certificate = make_shape({}, ec_key, shared_test_key(0), &root);
  MdmSignatureVerifier verifier;
  int accepted = 0;

  std::vector<Sample> samples() {
    MdmMessageShape plain{EVP_sha1(), CMS_DETACHED | CMS_NOATTR};
    MdmMessageShape attached{EVP_sha256(), 0};
    std::vector<Sample> made = {
        {"RSA", make_mdm_message(body, certificate, key)},
        {"RSA, SHA-1, no attributes", make_mdm_message(body, certificate, key, plain)},
        {"RSA, attached", make_mdm_message(body, certificate, key, attached)},
        {"EC", make_mdm_message(body, ec_certificate, ec_key)},
    };
    made.push_back({"RSA, BER", with_indefinite_lengths(made[0].message)});
    made.push_back({"RSA, SHA-1, no attributes, BER", with_indefinite_lengths(made[1].message)});
    for (const Sample& sample : made) {
      // Twice: the second time the short way has to have taken it.
      const std::uint64_t before = verifier.ways().short_way;
      EXPECT_TRUE(succeeded(verify(sample.message)));
      EXPECT_TRUE(succeeded(verify(sample.message)));
      EXPECT_GT(verifier.ways().short_way, before) << sample.name;
    }
    return made;
  }

  Result<Certificate> verify(const Bytes& message) {
    return verifier.verify(encode_base64(message), body, trust, now);
  }

  static bool carries(const Bytes& message, const Bytes& der) {
    return std::search(message.begin(), message.end(), der.begin(), der.end()) != message.end();
  }

  testing::AssertionResult agree(const Bytes& message) {
    const auto fast = verify(message);
    const auto stock = verify_mdm_signature_stock(encode_base64(message), body, trust, now);
    if (fast.has_value() != stock.has_value()) {
      return testing::AssertionFailure()
             << (fast ? "only the short way accepts: " : "only stock accepts: ")
             << (fast ? stock.error().message : fast.error().message);
    }
    if (fast && *fast != *stock) {
      return testing::AssertionFailure() << "different signers";
    }
    if (!fast && fast.error().message != stock.error().message) {
      return testing::AssertionFailure() << fast.error().message << " / " << stock.error().message;
    }
    if (fast && !carries(message, fast->der())) {
      return testing::AssertionFailure() << "accepted with a changed certificate";
    }
    accepted += fast ? 1 : 0;
    return testing::AssertionResult(ERR_peek_error() == 0);
  }
};

TEST_F(MdmSignatureAgreement, OnEveryFlippedBit) {
  for (const Sample& sample : samples()) {
    for (std::size_t at = 0; at < sample.message.size(); ++at) {
      Bytes damaged = sample.message;
      damaged[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
      ASSERT_TRUE(agree(damaged)) << sample.name << ", byte " << at;
    }
  }
  // Version numbers, the type of the content and content that is passed over are not signed.
  EXPECT_GT(accepted, 0);
}

TEST_F(MdmSignatureAgreement, OnEveryCutAndOnTrailingBytes) {
  for (const Sample& sample : samples()) {
    for (std::size_t size = 0; size < sample.message.size(); size += 11) {
      ASSERT_TRUE(agree(Bytes(sample.message.begin(),
                              sample.message.begin() + static_cast<std::ptrdiff_t>(size))))
          << sample.name << ", " << size << " bytes";
    }
    Bytes longer = sample.message;
    longer.insert(longer.end(), {0, 0});
    ASSERT_TRUE(agree(longer)) << sample.name;
  }
  EXPECT_EQ(accepted, 0);
}

// Elements removed, doubled, exchanged with a neighbour or given another tag: the message stays
// well-formed around them, which random bytes seldom manage.
class ElementSurgeon {
 public:
  explicit ElementSurgeon(ByteView der) : der_(der) { collect(0, der.size()); }

  [[nodiscard]] std::size_t count() const { return elements_.size(); }

  // The message with one element replaced by these bytes, all lengths around it adjusted.
  [[nodiscard]] Bytes replace(std::size_t index, const Bytes& with) const {
    return rebuild(0, der_.size(), elements_[index].begin, with);
  }
  [[nodiscard]] Bytes bytes(std::size_t index) const {
    const Place& place = elements_[index];
    return to_bytes(der_.subspan(place.begin, place.end - place.begin));
  }

 private:
  struct Place {
    std::size_t begin;
    std::size_t end;
  };

  void collect(std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < to;) {
      const DerElement element = read_der_element(der_, at);
      elements_.push_back({at, element.end});
      if ((element.tag & 0x20U) != 0) {
        collect(element.content, element.end);
      }
      at = element.end;
    }
  }

  static void append_header(Bytes& out, std::uint8_t tag, std::size_t size) {
    out.push_back(tag);
    if (size < 0x80) {
      out.push_back(static_cast<std::uint8_t>(size));
    } else if (size < 0x100) {
      out.insert(out.end(), {0x81, static_cast<std::uint8_t>(size)});
    } else {
      out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8U),
                             static_cast<std::uint8_t>(size & 0xFFU)});
    }
  }

  [[nodiscard]] Bytes rebuild(std::size_t from, std::size_t to, std::size_t target,
                              const Bytes& with) const {
    Bytes out;
    for (std::size_t at = from; at < to;) {
      const DerElement element = read_der_element(der_, at);
      if (at == target) {
        out.insert(out.end(), with.begin(), with.end());
      } else if (target > at && target < element.end) {
        const Bytes inner = rebuild(element.content, element.end, target, with);
        append_header(out, element.tag, inner.size());
        out.insert(out.end(), inner.begin(), inner.end());
      } else {
        const ByteView whole = der_.subspan(at, element.end - at);
        out.insert(out.end(), whole.begin(), whole.end());
      }
      at = element.end;
    }
    return out;
  }

  ByteView der_;
  std::vector<Place> elements_;
};

TEST_F(MdmSignatureAgreement, OnElementsRemovedDoubledAndRetagged) {
  for (const Sample& sample : samples()) {
    if (sample.name.ends_with("BER")) {
      continue;  // the surgeon reads DER
    }
    const ElementSurgeon surgeon(sample.message);
    for (std::size_t i = 0; i < surgeon.count(); ++i) {
      const Bytes element = surgeon.bytes(i);
      Bytes doubled = element;
      doubled.insert(doubled.end(), element.begin(), element.end());
      std::vector<Bytes> variants = {{}, doubled, {0x05, 0x00}, {0x30, 0x00}, {0x31, 0x00}};
      for (const int tag : {0x02, 0x04, 0x24, 0x30, 0x31, 0xA0, 0xA1, 0x80}) {
        variants.push_back(element);
        variants.back()[0] = static_cast<std::uint8_t>(tag);
      }
      for (const Bytes& variant : variants) {
        const Bytes message = surgeon.replace(i, variant);
        ASSERT_TRUE(agree(message))
            << sample.name << ", element " << i << ": " << encode_hex(variant).substr(0, 60);
        ASSERT_TRUE(agree(with_indefinite_lengths(message)));
      }
    }
  }
}

TEST_F(MdmSignatureAgreement, OnEveryElementExchangedForAnother) {
  const std::vector<Sample> made = samples();
  for (const Sample* sample : {&made[0], &made[1]}) {
    const ElementSurgeon surgeon(sample->message);
    SeededRandom random(7);
    for (int round = 0; round < 1000; ++round) {
      const Bytes choice = random_bytes(random, 4);
      const std::size_t to = (choice[0] * 256U + choice[1]) % surgeon.count();
      const std::size_t from = (choice[2] * 256U + choice[3]) % surgeon.count();
      ASSERT_TRUE(agree(surgeon.replace(to, surgeon.bytes(from))))
          << sample->name << ", " << from << " to " << to;
    }
  }
}

}  // namespace
}  // namespace bramley
