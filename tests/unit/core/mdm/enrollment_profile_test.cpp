#include "core/mdm/enrollment_profile.h"

#include <gtest/gtest.h>

#include <set>

#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/signed_message.h"
#include "core/plist/plist_document.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

EnrollmentProfileTerms simple_terms() {
  EnrollmentProfileTerms terms;
  terms.organization = "Example & Söhne <\"GmbH\"> ]]>";
  terms.server_url = "https://mdm.example.com:8443";
  terms.topic = "com.apple.mgmt.External.test";
  return terms;
}

// The payload of a type; the test fails if there is not exactly one.
PlistDictionary payload_of(const Bytes& profile, const std::string& type) {
  const auto root = parse_plist_dictionary(profile);
  std::vector<PlistDictionary> found;
  for (const PlistValue& payload : *root->find("PayloadContent")->array()) {
    if (*payload.dictionary()->find("PayloadType")->string() == type) {
      found.push_back(*payload.dictionary());
    }
  }
  EXPECT_EQ(found.size(), 1U) << type;
  return found.empty() ? PlistDictionary() : found.front();
}

void expect_refused(const EnrollmentProfileTerms& terms, const std::string& why) {
  const auto profile = make_enrollment_profile(terms);
  ASSERT_FALSE(profile) << why;
  EXPECT_EQ(profile.error().code, ErrorCode::malformed);
  EXPECT_NE(profile.error().message.find(why), std::string::npos) << profile.error().message;
}

TEST(EnrollmentProfile, SaysWhatAppleRequires) {
  const auto profile = make_enrollment_profile(simple_terms());
  ASSERT_TRUE(profile) << profile.error().message;
  const auto root = parse_plist_dictionary(*profile);
  EXPECT_EQ(*root->find("PayloadType")->string(), "Configuration");
  EXPECT_EQ(*root->find("PayloadVersion")->integer(), 1);
  EXPECT_EQ(*root->find("PayloadScope")->string(), "System");
  EXPECT_EQ(*root->find("PayloadOrganization")->string(), simple_terms().organization);

  const PlistDictionary mdm = payload_of(*profile, "com.apple.mdm");
  const PlistDictionary scep = payload_of(*profile, "com.apple.security.scep");
  EXPECT_EQ(*mdm.find("ServerURL")->string(), "https://mdm.example.com:8443/mdm");
  EXPECT_EQ(mdm.find("CheckInURL"), nullptr);
  EXPECT_EQ(*mdm.find("Topic")->string(), "com.apple.mgmt.External.test");
  EXPECT_EQ(*mdm.find("IdentityCertificateUUID")->string(), *scep.find("PayloadUUID")->string());
  EXPECT_EQ(*mdm.find("AccessRights")->integer(), 8191);
  EXPECT_TRUE(*mdm.find("SignMessage")->boolean());
  EXPECT_TRUE(*mdm.find("CheckOutWhenRemoved")->boolean());
  EXPECT_EQ(
      *mdm.find("ServerCapabilities"),
      PlistValue(PlistArray{"com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken"}));

  const PlistDictionary& request = *scep.find("PayloadContent")->dictionary();
  EXPECT_EQ(*request.find("URL")->string(), "https://mdm.example.com:8443/scep");
  EXPECT_EQ(*request.find("Keysize")->integer(), 2048);
  EXPECT_EQ(*request.find("Key Type")->string(), "RSA");
  EXPECT_EQ(*request.find("Key Usage")->integer(), 5);
  EXPECT_EQ(request.find("Challenge"), nullptr);
  EXPECT_EQ(request.find("CAFingerprint"), nullptr);
}

TEST(EnrollmentProfile, ADeviceReadsItBack) {
  const auto authority = make_test_authority();
  const auto other = make_test_authority("TLS root");
  EnrollmentProfileTerms terms = simple_terms();
  terms.scep_url = "http://scep.example.com/scep";
  terms.scep_challenge = SecretBytes(std::string_view("se<c>&ret"));
  terms.scep_ca = authority.certificate;
  terms.tls_roots = {authority.certificate, other.certificate};
  const auto profile = make_enrollment_profile(terms);
  ASSERT_TRUE(profile) << profile.error().message;
  const auto content = read_enrollment_profile(*profile);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->server_url, "https://mdm.example.com:8443/mdm");
  EXPECT_EQ(content->scep_url, "http://scep.example.com/scep");
  EXPECT_EQ(content->scep_challenge, "se<c>&ret");
  EXPECT_EQ(content->scep_ca_fingerprint,
            to_bytes(ByteView(sha256(authority.certificate.der()).bytes)));
  EXPECT_EQ(content->key_bits, 2048);
  EXPECT_TRUE(content->sign_message);
  EXPECT_EQ(content->tls_roots, terms.tls_roots);
  ASSERT_EQ(content->scep_subject.size(), 2U);
  EXPECT_EQ(content->scep_subject[0], std::pair(std::string("O"), terms.organization));
  EXPECT_EQ(content->scep_subject[1], std::pair(std::string("CN"), std::string("Bramley device")));
}

TEST(EnrollmentProfile, UuidsAreStableForOneServerAndUnlikeElsewhere) {
  const auto uuids = [](const EnrollmentProfileTerms& terms) {
    const Bytes profile = make_enrollment_profile(terms).value();
    return std::set<std::string>{
        *parse_plist_dictionary(profile)->find("PayloadUUID")->string(),
        *payload_of(profile, "com.apple.mdm").find("PayloadUUID")->string(),
        *payload_of(profile, "com.apple.security.scep").find("PayloadUUID")->string()};
  };
  EnrollmentProfileTerms terms = simple_terms();
  const auto first = uuids(terms);
  EXPECT_EQ(first.size(), 3U);
  terms.organization = "Another name";
  terms.scep_challenge = SecretBytes(std::string_view("one-time"));
  EXPECT_EQ(uuids(terms), first);
  terms.server_url = "https://other.example.com";
  for (const std::string& uuid : uuids(terms)) {
    EXPECT_FALSE(first.contains(uuid));
    EXPECT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '8');
  }
}

TEST(EnrollmentProfile, RefusesServersThatDevicesWould) {
  EnrollmentProfileTerms terms = simple_terms();
  for (const char* url : {"", "mdm.example.com", "http://mdm.example.com", "ftp://x", "https://",
                          "https://user@host", "https://host/path", "https://host/", "https://a b",
                          "https://host?x", "http://127.0.0.1.evil.example", "https://host#x"}) {
    terms.server_url = url;
    EXPECT_FALSE(make_enrollment_profile(terms)) << url;
  }
  for (const char* url :
       {"http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://[2001:db8::1]"}) {
    terms.server_url = url;
    EXPECT_TRUE(make_enrollment_profile(terms)) << url;
  }
  terms.scep_url = "https://host/scep?x=y";
  expect_refused(terms, "query");
}

TEST(EnrollmentProfile, RefusesRightsThatAppleDoes) {
  EnrollmentProfileTerms terms = simple_terms();
  for (const int rights : {0, -1, 8192, 2, 128, 2 + 64, 129}) {
    terms.access_rights = rights;
    expect_refused(terms, "access rights");
    EXPECT_FALSE(make_enrollment_profile(terms).error().hint.empty());
  }
  for (const int rights : {1, 3, 64, 192, 8191, 4096}) {
    terms.access_rights = rights;
    EXPECT_TRUE(make_enrollment_profile(terms)) << rights;
  }
}

TEST(EnrollmentProfile, NeedsATopicUnlessToldOtherwise) {
  EnrollmentProfileTerms terms = simple_terms();
  terms.topic = "";
  expect_refused(terms, "topic");
  terms.allow_empty_topic = true;
  EXPECT_TRUE(make_enrollment_profile(terms));
  terms.key_bits = 1024;
  expect_refused(terms, "key size");
  terms = simple_terms();
  terms.organization = std::string("a\x01") + "b";
  expect_refused(terms, "XML");
}

TEST(EnrollmentProfile, SaysWhereDevicesCheckInWhenItIsElsewhere) {
  EnrollmentProfileTerms terms = simple_terms();
  terms.mdm_path = "/devices/mdm?site=1";
  terms.check_in_url = "https://checkin.example.com/checkin";
  const Bytes profile = make_enrollment_profile(terms).value();
  const PlistDictionary mdm = payload_of(profile, "com.apple.mdm");
  EXPECT_EQ(*mdm.find("ServerURL")->string(), "https://mdm.example.com:8443/devices/mdm?site=1");
  EXPECT_EQ(*mdm.find("CheckInURL")->string(), terms.check_in_url);
  EXPECT_EQ(read_enrollment_profile(profile)->check_in_url, terms.check_in_url);
  terms.check_in_url = "http://checkin.example.com/checkin";
  expect_refused(terms, "check-in URL");
  terms = simple_terms();
  for (const char* path : {"", "mdm", "/m dm", "/mdm#x"}) {
    terms.mdm_path = path;
    expect_refused(terms, "MDM path");
  }
}

TEST(EnrollmentProfile, PinsTlsToItsRoots) {
  EnrollmentProfileTerms terms = simple_terms();
  terms.tls_pinning = TlsPinning::on;
  expect_refused(terms, "no root");
  terms.tls_roots = {make_test_authority("TLS root").certificate};
  Bytes profile = make_enrollment_profile(terms).value();
  PlistDictionary mdm = payload_of(profile, "com.apple.mdm");
  const PlistValue root = *payload_of(profile, "com.apple.security.root").find("PayloadUUID");
  EXPECT_EQ(*mdm.find("ServerURLPinningCertificateUUIDs"), PlistValue(PlistArray{root}));
  EXPECT_EQ(mdm.find("CheckInURLPinningCertificateUUIDs"), nullptr);
  terms.check_in_url = "https://mdm.example.com/checkin";
  profile = make_enrollment_profile(terms).value();
  mdm = payload_of(profile, "com.apple.mdm");
  EXPECT_EQ(*mdm.find("CheckInURLPinningCertificateUUIDs"), PlistValue(PlistArray{root}));
}

TEST(EnrollmentProfile, ATlsRootIsARoot) {
  const auto authority = load_test_authority();
  const auto request = make_certificate_request(shared_test_key(0), {{{"CN", "leaf"}}, nullptr});
  SeededRandom random(1);
  const Timestamp now = FakeClock().now();
  EnrollmentProfileTerms terms = simple_terms();
  terms.tls_roots = {
      authority
          ->issue(request.value(), {now, now + std::chrono::hours(1), random_serial(random), {}})
          .value()};
  expect_refused(terms, "TLS root");
}

// Apple, "MDM" payload: AccessRights must be absent where the device is its user's own.
TEST(EnrollmentProfile, AccountDrivenOnesNameTheAccountAndTakeNoRightsOnOwnDevices) {
  EnrollmentProfileTerms terms = simple_terms();
  terms.mode = EnrollmentMode::byod;
  expect_refused(terms, "Account");
  terms.managed_apple_id = "user@example.com";
  PlistDictionary mdm = payload_of(make_enrollment_profile(terms).value(), "com.apple.mdm");
  EXPECT_EQ(mdm.find("AccessRights"), nullptr);
  EXPECT_EQ(*mdm.find("EnrollmentMode")->string(), "BYOD");
  EXPECT_EQ(*mdm.find("AssignedManagedAppleID")->string(), "user@example.com");
  terms.mode = EnrollmentMode::adde;
  mdm = payload_of(make_enrollment_profile(terms).value(), "com.apple.mdm");
  EXPECT_EQ(*mdm.find("AccessRights")->integer(), 8191);
  EXPECT_EQ(*mdm.find("EnrollmentMode")->string(), "ADDE");
  terms.mode = EnrollmentMode::by_profile;
  expect_refused(terms, "no enrollment mode");
}

TEST(EnrollmentProfile, IdentifiersAreReverseDns) {
  EnrollmentProfileTerms terms = simple_terms();
  terms.identifier = "com.example.mdm";
  const Bytes profile = make_enrollment_profile(terms).value();
  EXPECT_EQ(*parse_plist_dictionary(profile)->find("PayloadIdentifier")->string(),
            "com.example.mdm");
  EXPECT_EQ(*payload_of(profile, "com.apple.mdm").find("PayloadIdentifier")->string(),
            "com.example.mdm.mdm");
  for (const std::string& identifier :
       {std::string(), std::string("com/example"), std::string("a b"), std::string(129, 'a')}) {
    terms.identifier = identifier;
    expect_refused(terms, "identifier");
  }
}

TEST(EnrollmentProfile, NamesSurviveInEveryScript) {
  for (const char* name : {"A & B < C > D \"E\" 'F' ]]> &amp;", "\xF0\x9F\x8D\x8E Apfel",
                           "שלום עולם", "مؤسسة مثال", "e\xCC\x81", "  two  spaces  "}) {
    EnrollmentProfileTerms terms = simple_terms();
    terms.organization = name;
    terms.scep_challenge = SecretBytes(std::string_view(name));
    const Bytes profile = make_enrollment_profile(terms).value();
    EXPECT_EQ(*parse_plist_dictionary(profile)->find("PayloadOrganization")->string(), name);
    const auto content = read_enrollment_profile(profile);
    ASSERT_TRUE(content) << content.error().message;
    EXPECT_EQ(content->scep_challenge, name);
    EXPECT_EQ(content->scep_subject[0].second, name);
  }
}

TEST(EnrollmentProfile, ASignedOneIsReadTooAndABrokenOneIsNot) {
  const auto signer = make_test_authority();
  const Bytes plain = make_enrollment_profile(simple_terms()).value();
  const auto sealed = sign_message(plain, signer.certificate, signer.key, {});
  ASSERT_TRUE(sealed) << sealed.error().message;
  const auto content = read_enrollment_profile(*sealed);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->topic, simple_terms().topic);
  Bytes broken = *sealed;
  const std::string_view text = as_text(broken);
  broken[text.find("mdm.example.com")] = 'n';
  EXPECT_FALSE(read_enrollment_profile(broken));
}

TEST(EnrollmentProfile, RefusesProfilesThatEnrollNothing) {
  const auto with = [](PlistArray payloads) {
    return read_enrollment_profile(
        write_plist_xml(PlistDictionary({{"PayloadContent", std::move(payloads)}})).value());
  };
  const PlistDictionary mdm({{"PayloadType", "com.apple.mdm"}, {"ServerURL", "https://a/mdm"}});
  const PlistDictionary scep({{"PayloadType", "com.apple.security.scep"},
                              {"PayloadContent", PlistDictionary({{"URL", "https://a/scep"}})}});
  ASSERT_TRUE(with({mdm, scep}));
  EXPECT_EQ(with({mdm, scep})->key_bits, 1024);  // Apple's default, when the payload says nothing
  EXPECT_FALSE(with({}));
  EXPECT_FALSE(with({mdm}));
  EXPECT_FALSE(with({scep}));
  EXPECT_FALSE(with({mdm, mdm, scep}));
  EXPECT_FALSE(with({"text", mdm, scep}));
  const auto scep_with = [&](PlistDictionary::Entry entry) {
    PlistDictionary inner({{"URL", "https://a/scep"}});
    inner.set(entry.first, entry.second);
    return with({mdm, PlistDictionary({{"PayloadType", "com.apple.security.scep"},
                                       {"PayloadContent", std::move(inner)}})});
  };
  EXPECT_FALSE(scep_with({"URL", ""}));
  EXPECT_FALSE(scep_with({"Keysize", "2048"}));
  EXPECT_FALSE(scep_with({"Keysize", 100000}));
  EXPECT_FALSE(scep_with({"Subject", "CN=x"}));
  EXPECT_FALSE(scep_with({"Subject", PlistArray{"CN"}}));
  EXPECT_FALSE(scep_with({"Subject", PlistArray(1, PlistArray(1, PlistArray{"CN"}))}));
  EXPECT_FALSE(read_enrollment_profile(as_bytes("")));
  EXPECT_FALSE(read_enrollment_profile(as_bytes("0junk")));
}

}  // namespace
}  // namespace bramley
