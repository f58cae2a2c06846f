#include "vendor-tool/push_request_inspector.h"

#include <gmock/gmock.h>

#include "core/plist/plist_document.h"
#include "tests/unit/vendor-tool/vendor_chain.h"

namespace bramley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

InspectionTerms terms() {
  return {test_time(), vendor_certificate("root.pem"), std::nullopt};
}

std::vector<std::string> codes(const Inspection& inspection) {
  std::vector<std::string> found;
  for (const Finding& finding : inspection.findings) {
    EXPECT_FALSE(finding.message.empty());
    EXPECT_FALSE(finding.hint.empty()) << finding.message;
    found.emplace_back(finding.code);
  }
  return found;
}

Inspection inspect(std::string_view content) {
  return inspect_push_request(as_bytes(content), terms());
}

// A good request with one value replaced; an empty one takes the key out.
std::string changed(const std::string& key, const std::optional<PlistValue>& value) {
  const auto dictionary = parse_plist_dictionary(as_bytes(good_document())).value();
  PlistDictionary other;
  for (const auto& [name, old] : dictionary.entries()) {
    if (name != key) {
      other.set(name, old);
    } else if (value) {
      other.set(name, *value);
    }
  }
  return encode_base64(write_plist_xml(PlistValue(other)).value());
}

std::string with_chain(std::initializer_list<const char*> files) {
  std::string chain;
  for (const char* file : files) {
    chain += vendor_certificate(file).pem();
  }
  return changed("PushCertCertificateChain", PlistValue(chain));
}

PortalAnswer answer_to(std::string_view content) {
  const Inspection inspection = inspect(content);
  EXPECT_FALSE(inspection.findings.empty());
  return inspection.findings.empty() ? PortalAnswer::none : inspection.findings.front().portal;
}

TEST(PushRequestInspector, FindsNothingInAGoodRequest) {
  const Inspection inspection = inspect(good_request());
  EXPECT_THAT(codes(inspection), IsEmpty());
  EXPECT_FALSE(inspection.has_faults());
  EXPECT_EQ(inspection.digest, DigestAlgorithm::sha256);
  EXPECT_EQ(inspection.request->der(), customer_request().der());
  ASSERT_EQ(inspection.chain.size(), 3U);
  EXPECT_EQ(inspection.chain.front(), vendor_certificate("vendor.pem"));
}

TEST(PushRequestInspector, AskedForApplesRootItTakesNoOther) {
  const Inspection inspection =
      inspect_push_request(as_bytes(good_request()), {test_time(), std::nullopt, std::nullopt});
  EXPECT_THAT(codes(inspection), ElementsAre("other_root"));
}

TEST(PushRequestInspector, MushedPemAndDressAreNoFaults) {
  std::string mushed = vendor_certificate("vendor.pem").pem();
  mushed.pop_back();
  mushed += vendor_certificate("intermediate.pem").pem() + vendor_certificate("root.pem").pem();
  EXPECT_THAT(codes(inspect(changed("PushCertCertificateChain", PlistValue(mushed)))), IsEmpty());
  const Inspection plain = inspect("\xEF\xBB\xBF" + good_document());
  EXPECT_THAT(codes(plain), ElementsAre("plain_xml", "byte_order_mark"));
  EXPECT_FALSE(plain.has_faults());
}

TEST(PushRequestInspector, MissingAndWrongValues) {
  EXPECT_THAT(codes(inspect(changed("PushCertRequestCSR", std::nullopt))),
              ElementsAre("missing_key"));
  EXPECT_EQ(answer_to(changed("PushCertRequestCSR", std::nullopt)), PortalAnswer::invalid_request);
  EXPECT_EQ(answer_to(changed("PushCertCertificateChain", PlistValue(""))),
            PortalAnswer::chain_missing);
  EXPECT_THAT(codes(inspect(changed("PushCertRequestCSR", PlistValue(customer_request().der())))),
              ElementsAre("wrong_type"));
  EXPECT_THAT(codes(inspect(changed("PushCertSignature", PlistValue(7)))),
              ElementsAre("wrong_type"));
}

TEST(PushRequestInspector, Requests) {
  const auto csr = [](std::string text) { return changed("PushCertRequestCSR", PlistValue(text)); };
  EXPECT_THAT(codes(inspect(csr(customer_request().pem()))), ElementsAre("request_pem"));
  EXPECT_THAT(codes(inspect(csr(encode_base64(as_bytes(customer_request().pem()))))),
              ElementsAre("request_pem"));
  EXPECT_THAT(codes(inspect(csr("AAAA"))), ElementsAre("request_damaged"));
  EXPECT_THAT(codes(inspect(csr("!"))), ElementsAre("request_damaged"));
  Bytes altered = customer_request().der();
  altered.back() ^= 1U;
  EXPECT_THAT(codes(inspect(csr(encode_base64(altered)))),
              ElementsAre("request_altered", "signature_wrong"));
}

TEST(PushRequestInspector, ARequestOfSomebodyElse) {
  InspectionTerms other = terms();
  other.expected_request = to_bytes("another");
  EXPECT_THAT(codes(inspect_push_request(as_bytes(good_request()), other)),
              ElementsAre("other_request"));
  other.expected_request = customer_request().der();
  EXPECT_THAT(codes(inspect_push_request(as_bytes(good_request()), other)), IsEmpty());
}

TEST(PushRequestInspector, Chains) {
  EXPECT_THAT(codes(inspect(with_chain({"vendor.pem"}))), ElementsAre("chain_incomplete"));
  EXPECT_EQ(answer_to(with_chain({"vendor.pem"})), PortalAnswer::chain_missing);
  EXPECT_EQ(answer_to(with_chain({"vendor.pem", "intermediate.pem"})), PortalAnswer::chain_missing);
  EXPECT_THAT(codes(inspect(with_chain({"root.pem", "intermediate.pem", "vendor.pem"}))),
              ElementsAre("chain_order"));
  EXPECT_THAT(
      codes(inspect(with_chain({"vendor.pem", "intermediate.pem", "root.pem", "root.pem"}))),
      ElementsAre("chain_extra"));
  EXPECT_THAT(codes(inspect(with_chain({"intermediate.pem", "root.pem"}))),
              ElementsAre("not_a_vendor", "signature_wrong"));
  EXPECT_THAT(codes(inspect(changed("PushCertCertificateChain", PlistValue("nothing")))),
              ElementsAre("chain_damaged"));
}

TEST(PushRequestInspector, AKeyInTheChainIsShouted) {
  const std::string chain =
      vendor_certificate("vendor.pem").pem() + to_text(vendor_file("vendor.key")) +
      vendor_certificate("intermediate.pem").pem() + vendor_certificate("root.pem").pem();
  EXPECT_THAT(codes(inspect(changed("PushCertCertificateChain", PlistValue(chain)))),
              ElementsAre("private_key"));
}

TEST(PushRequestInspector, LongLinesAreWarnedOf) {
  const std::string chain =
      "-----BEGIN CERTIFICATE-----\n" + encode_base64(vendor_certificate("vendor.pem").der()) +
      "\n-----END CERTIFICATE-----\n" + vendor_certificate("intermediate.pem").pem() +
      vendor_certificate("root.pem").pem();
  EXPECT_THAT(codes(inspect(changed("PushCertCertificateChain", PlistValue(chain)))),
              ElementsAre("chain_lines"));
}

TEST(PushRequestInspector, Dates) {
  InspectionTerms late = terms();
  late.now = vendor_certificate("vendor.pem").not_after() + std::chrono::seconds(1);
  const Inspection expired = inspect_push_request(as_bytes(good_request()), late);
  EXPECT_THAT(codes(expired), testing::Contains("expired"));
  EXPECT_EQ(expired.findings.front().portal, PortalAnswer::certificate_expired);
  late.now = Timestamp(std::chrono::seconds(0));
  EXPECT_THAT(codes(inspect_push_request(as_bytes(good_request()), late)),
              ElementsAre("not_yet_valid", "not_yet_valid", "not_yet_valid"));
}

TEST(PushRequestInspector, Signatures) {
  EXPECT_THAT(codes(inspect(changed("PushCertSignature", PlistValue("AAAA")))),
              ElementsAre("signature_wrong"));
  EXPECT_EQ(answer_to(changed("PushCertSignature", PlistValue("AAAA"))),
            PortalAnswer::signature_failed);
  EXPECT_THAT(codes(inspect(changed("PushCertSignature", PlistValue("!")))),
              ElementsAre("signature_base64"));
  const std::string old = vendor_signer(DigestAlgorithm::sha1).sign(customer_request()).value();
  const Inspection sha1 = inspect(old);
  EXPECT_THAT(codes(sha1), ElementsAre("signature_sha1"));
  EXPECT_EQ(sha1.digest, DigestAlgorithm::sha1);
  EXPECT_EQ(answer_to(old), PortalAnswer::signature_failed);
}

TEST(PushRequestInspector, AFileThatIsNoneIsAFinding) {
  const Inspection inspection = inspect(customer_request().pem());
  EXPECT_THAT(codes(inspection), ElementsAre("not_a_request"));
  EXPECT_TRUE(inspection.has_faults());
  EXPECT_EQ(inspection.findings.front().portal, PortalAnswer::invalid_request);
}

TEST(PushRequestInspector, EveryAnswerHasItsText) {
  for (const PortalAnswer each : {PortalAnswer::signature_failed, PortalAnswer::certificate_expired,
                                  PortalAnswer::invalid_request, PortalAnswer::chain_missing}) {
    EXPECT_FALSE(portal_text(each).empty());
  }
  EXPECT_TRUE(portal_text(PortalAnswer::none).empty());
}

}  // namespace
}  // namespace bramley
