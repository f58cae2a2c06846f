#include "core/mdm/profile_lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/crypto/signed_message.h"
#include "core/mdm/enrollment_profile.h"
#include "core/plist/plist_document.h"
#include "tests/support/scep_fixture.h"

namespace bramley {
namespace {

using Level = ProfileRemark::Level;

const Timestamp now = FakeClock().now();

EnrollmentProfileTerms good_terms() {
  EnrollmentProfileTerms terms;
  terms.organization = "Example";
  terms.server_url = "https://mdm.example.com";
  terms.topic = "com.apple.mgmt.External.test";
  terms.scep_challenge = SecretBytes(std::string_view("secret"));
  terms.scep_ca = load_test_authority()->certificate();
  terms.tls_roots = {load_test_authority("TLS root")->certificate()};
  return terms;
}

Bytes good_profile() {
  return make_enrollment_profile(good_terms()).value();
}

PlistDictionary without(const PlistDictionary& dictionary, std::string_view key) {
  PlistDictionary rest;
  for (const auto& [name, value] : dictionary.entries()) {
    if (name != key) {
      rest.set(name, value);
    }
  }
  return rest;
}

using Edit = std::function<void(PlistDictionary&)>;

Edit set(const std::string& key, const PlistValue& value) {
  return [=](PlistDictionary& keys) { keys.set(key, value); };
}
Edit drop(const std::string& key) {
  return [=](PlistDictionary& keys) { keys = without(keys, key); };
}
// Inside the SCEP payload's own dictionary.
Edit inside(const Edit& edit) {
  return [=](PlistDictionary& keys) {
    PlistDictionary content = *keys.find("PayloadContent")->dictionary();
    edit(content);
    keys.set("PayloadContent", content);
  };
}

Bytes edited(const Bytes& profile, const std::string& type, const Edit& edit) {
  PlistDictionary root = parse_plist_dictionary(profile).value();
  if (type == "profile") {
    edit(root);
    return write_plist_xml(root).value();
  }
  PlistArray payloads;
  for (const PlistValue& payload : *root.find("PayloadContent")->array()) {
    PlistDictionary keys = *payload.dictionary();
    if (*keys.find("PayloadType")->string() == type) {
      edit(keys);
    }
    payloads.emplace_back(keys);
  }
  root.set("PayloadContent", payloads);
  return write_plist_xml(root).value();
}

std::vector<std::string> codes(const std::vector<ProfileRemark>& remarks) {
  std::vector<std::string> found;
  for (const ProfileRemark& remark : remarks) {
    EXPECT_FALSE(remark.message.empty());
    EXPECT_FALSE(remark.hint.empty()) << remark.code;
    found.push_back((remark.level == Level::fault ? "" : "~") + std::string(remark.code));
  }
  return found;
}

std::vector<std::string> linted(const Bytes& profile) {
  return codes(lint_profile(profile, now));
}

using Codes = std::vector<std::string>;

TEST(ProfileLint, FindsNothingInWhatWeMake) {
  EXPECT_EQ(linted(good_profile()), Codes());
  EnrollmentProfileTerms terms = good_terms();
  terms.mode = EnrollmentMode::byod;
  terms.managed_apple_id = "user@example.com";
  terms.check_in_url = "https://mdm.example.com/checkin";
  terms.tls_pinning = TlsPinning::on;
  EXPECT_EQ(linted(make_enrollment_profile(terms).value()), Codes());
  const auto signer = make_test_authority();
  EXPECT_EQ(linted(sign_message(good_profile(), signer.certificate, signer.key, {}).value()),
            Codes());
}

struct Case {
  std::string type;
  Edit edit;
  std::string code;  // "~" before a warning
};

TEST(ProfileLint, JudgesTheMdmPayloadKeyByKey) {
  const std::string mdm = "com.apple.mdm";
  const std::vector<Case> cases = {
      {mdm, drop("Topic"), "topic_missing"},
      {mdm, set("Topic", ""), "topic_empty"},
      {mdm, set("Topic", "com.example.app"), "topic_foreign"},
      {mdm, set("Topic", "com.apple.mgmt."), "topic_foreign"},
      {mdm, set("Topic", 7), "wrong_type"},
      {mdm, drop("ServerURL"), "server_url_missing"},
      {mdm, set("ServerURL", "http://mdm.example.com/mdm"), "url_not_https"},
      {mdm, set("ServerURL", "http://localhost/mdm"), "url_not_https"},
      {mdm, set("ServerURL", "mdm.example.com"), "url_malformed"},
      {mdm, set("CheckInURL", "http://mdm.example.com/checkin"), "url_not_https"},
      {mdm, drop("IdentityCertificateUUID"), "identity_missing"},
      {mdm, set("IdentityCertificateUUID", "0D6F0CD5-3A4C-4C71-8B5A-60A5B9D8D0B1"),
       "identity_unknown"},
      {mdm, drop("AccessRights"), "~access_rights_missing"},
      {mdm, set("AccessRights", 0), "access_rights_invalid"},
      {mdm, set("AccessRights", 8192), "access_rights_invalid"},
      {mdm, set("AccessRights", 2), "access_rights_invalid"},
      {mdm, set("AccessRights", 128), "access_rights_invalid"},
      {mdm, set("AccessRights", "8191"), "wrong_type"},
      {mdm, drop("SignMessage"), "~sign_message_off"},
      {mdm, set("SignMessage", false), "~sign_message_off"},
      {mdm, set("CheckOutWhenRemoved", false), "~check_out_off"},
      {mdm, set("UseDevelopmentAPNS", true), "development_apns"},
      {mdm, set("ManagedAppleID", "a@b"), "~managed_apple_id_removed"},
      {mdm, set("AssignedManagedAppleID", "a@b"), "~account_without_mode"},
      {mdm, set("EnrollmentMode", "ADDE"), "account_missing"},
      {mdm, set("ServerCapabilities", PlistArray{"com.apple.mdm.everything"}),
       "capability_unknown"},
      {mdm, set("ServerCapabilities", PlistArray{7}), "wrong_type"},
      {mdm, set("ServerURLPinningCertificateUUIDs", PlistArray{"no such"}), "pin_unknown"},
      {mdm, set("CheckInURLPinningCertificateUUIDs", PlistArray{"no such"}), "pin_unknown"}};
  for (const Case& each : cases) {
    EXPECT_EQ(linted(edited(good_profile(), each.type, each.edit)), Codes{each.code});
  }
  const auto account = [](const char* mode) {
    return [mode](PlistDictionary& keys) {
      keys.set("EnrollmentMode", mode);
      keys.set("AssignedManagedAppleID", "a@b");
    };
  };
  EXPECT_EQ(linted(edited(good_profile(), mdm, account("BYOD"))), Codes{"access_rights_byod"});
  EXPECT_EQ(linted(edited(good_profile(), mdm, account("ADDE"))), Codes());
  EXPECT_EQ(linted(edited(good_profile(), mdm, account("other"))),
            Codes{"enrollment_mode_unknown"});
}

TEST(ProfileLint, TheIdentityComesFromAPayloadThatGivesOne) {
  const Bytes profile = edited(good_profile(), "com.apple.mdm", [](PlistDictionary& keys) {
    const PlistDictionary root = parse_plist_dictionary(good_profile()).value();
    keys.set("IdentityCertificateUUID",
             *(*root.find("PayloadContent")->array())[0].dictionary()->find("PayloadUUID"));
  });
  EXPECT_EQ(linted(profile), Codes{"identity_foreign"});
}

TEST(ProfileLint, JudgesTheScepPayloadKeyByKey) {
  const std::string scep = "com.apple.security.scep";
  const auto http = [](PlistDictionary& keys) {
    keys = without(keys, "CAFingerprint");
    keys.set("URL", "http://mdm.example.com/scep");
  };
  const std::vector<Case> cases = {
      {scep, inside(drop("URL")), "scep_url_missing"},
      {scep, inside(set("URL", "https://mdm.example.com/scep?x=y")), "scep_url_query"},
      {scep, inside(set("URL", "ftp://mdm.example.com/scep")), "scep_url_malformed"},
      {scep, inside(set("URL", "scep")), "scep_url_malformed"},
      {scep, inside(drop("Keysize")), "keysize_missing"},
      {scep, inside(set("Keysize", 1024)), "keysize"},
      {scep, inside(set("Keysize", 3072)), "keysize"},
      {scep, inside(set("Key Usage", 4)), "key_usage"},
      {scep, inside(set("Key Usage", 1)), "~key_usage_unusual"},
      {scep, inside(drop("Key Usage")), "~key_usage_unusual"},
      {scep, inside(set("Key Type", "EC")), "key_type"},
      {scep, inside(drop("CAFingerprint")), "~fingerprint_missing"},
      {scep, inside(set("CAFingerprint", Bytes(7))), "fingerprint_length"},
      {scep, inside(set("CAFingerprint", "00ff")), "wrong_type"},
      {scep, inside(drop("Challenge")), "~challenge_missing"},
      {scep, inside(set("Challenge", "")), "~challenge_missing"},
      {scep, inside(set("Subject", "CN=x")), "wrong_type"},
      {scep, drop("PayloadContent"), "scep_content_missing"},
      {scep, set("PayloadContent", "x"), "wrong_type"}};
  for (const Case& each : cases) {
    EXPECT_EQ(linted(edited(good_profile(), each.type, each.edit)), Codes{each.code});
  }
  EXPECT_EQ(linted(edited(good_profile(), scep, inside(http))),
            (Codes{"~scep_http", "~fingerprint_missing"}));
}

TEST(ProfileLint, JudgesWhatEveryPayloadHas) {
  const std::string root = "com.apple.security.root";
  const std::vector<Case> cases = {
      {"profile", drop("PayloadUUID"), "key_missing"},
      {"profile", set("PayloadIdentifier", ""), "key_missing"},
      {"profile", set("PayloadUUID", "enroll"), "~uuid_form"},
      {"profile", drop("PayloadVersion"), "key_missing"},
      {"profile", set("PayloadVersion", 2), "~payload_version"},
      {"profile", set("PayloadType", "com.apple.mdm"), "not_a_profile"},
      {"profile", set("PayloadContent", PlistArray()), "no_payloads"},
      {"profile", drop("PayloadContent"), "no_payloads"},
      {"profile", set("PayloadScope", "User"), "scope_user"},
      {"profile", set("PayloadScope", "Galaxy"), "scope_unknown"},
      {"profile", set("PayloadOrganization", "A &amp; B"), "~escaped_twice"},
      {"profile", set("PayloadDescription", "for {{ name }}"), "~placeholder"},
      {root, set("PayloadDisplayName", "${NAME}"), "~placeholder"},
      {root, drop("PayloadIdentifier"), "key_missing"},
      {root, set("PayloadIdentifier", "org.bramley.enrollment.mdm"), "not_unique"},
      {root, set("PayloadContent", Bytes{1, 2, 3}), "certificate_unreadable"}};
  for (const Case& each : cases) {
    EXPECT_EQ(linted(edited(good_profile(), each.type, each.edit)), Codes{each.code});
  }
  // Of other payloads only the common keys are known.
  EXPECT_EQ(linted(edited(good_profile(), root, set("PayloadType", "com.example.custom"))),
            Codes());
}

TEST(ProfileLint, JudgesCertificatesByTheirDates) {
  const auto years = std::chrono::hours(24 * 3650);
  EXPECT_EQ(codes(lint_profile(good_profile(), now + years)), Codes{"certificate_expired"});
  const auto authority = load_test_authority();
  const PrivateKey& key = shared_test_key(0);
  const auto request = make_certificate_request(key, {{{"CN", "leaf"}}, nullptr}).value();
  SeededRandom random(1);
  const auto leaf = authority
                        ->issue(request, {now - std::chrono::hours(1), now + std::chrono::hours(24),
                                          random_serial(random), std::nullopt})
                        .value();
  EXPECT_EQ(
      linted(edited(good_profile(), "com.apple.security.root", set("PayloadContent", leaf.der()))),
      Codes{"~root_is_none"});
}

TEST(ProfileLint, OneDeviceHasOneManagement) {
  PlistDictionary root = parse_plist_dictionary(good_profile()).value();
  PlistArray payloads = *root.find("PayloadContent")->array();
  PlistDictionary twin = *payloads.back().dictionary();
  twin.set("PayloadUUID", "0D6F0CD5-3A4C-4C71-8B5A-60A5B9D8D0B1");
  twin.set("PayloadIdentifier", "another");
  payloads.emplace_back(twin);
  payloads.emplace_back("no dictionary");
  root.set("PayloadContent", payloads);
  EXPECT_EQ(linted(write_plist_xml(root).value()), (Codes{"wrong_type", "mdm_twice"}));
}

TEST(ProfileLint, JudgesTheDocumentItself) {
  const std::string text = to_text(good_profile());
  const auto of = [](const std::string& document) { return linted(to_bytes(document)); };
  EXPECT_EQ(of("\n" + text), Codes{"~space_before_declaration"});
  EXPECT_EQ(of("\xEF\xBB\xBF" + text), Codes{"~byte_order_mark"});
  EXPECT_EQ(of(text.substr(text.find("<!DOCTYPE"))), Codes{"~no_declaration"});
  std::string bare = text;
  bare.erase(bare.find("<!DOCTYPE"), bare.find("<plist") - bare.find("<!DOCTYPE"));
  EXPECT_EQ(of(bare), Codes{"~no_doctype"});
  std::string raw = text;
  raw.replace(raw.find("Example"), 7, "A & B");
  EXPECT_EQ(of(raw), Codes{"unreadable"});
  EXPECT_EQ(of(""), Codes{"unreadable"});
  EXPECT_EQ(of("0junk"), Codes{"signature_malformed"});
  EXPECT_EQ(of("-----BEGIN CMS-----"), Codes{"signature_malformed"});
  EXPECT_EQ(of("MIME-Version: 1.0"), Codes{"signature_malformed"});
}

// What Apple says must stay, one by one.
TEST(ProfileLint, HoldsAnUpdateToTheInstalledProfile) {
  const std::string mdm = "com.apple.mdm";
  const Bytes old = good_profile();
  const auto against = [&old](const Bytes& updated) {
    return codes(lint_profile_update(old, updated));
  };
  EXPECT_EQ(against(old), Codes());
  EXPECT_EQ(against(edited(old, "profile", set("PayloadOrganization", "renamed"))), Codes());
  EXPECT_EQ(against(edited(old, mdm, set("AccessRights", 1))), Codes());
  const std::vector<Case> cases = {
      {"profile", set("PayloadIdentifier", "x"), "changed_identifier"},
      {mdm, set("Topic", "com.apple.mgmt.External.other"), "changed_topic"},
      {mdm, set("ServerURL", "https://other.example.com/mdm"), "changed_server_url"},
      {mdm, set("CheckInURL", "https://mdm.example.com/checkin"), "changed_check_in_url"},
      {mdm, set("IdentityCertificateUUID", "x"), "changed_identity"},
      {mdm, set("EnrollmentMode", "ADDE"), "changed_enrollment_mode"},
      {mdm, set("AssignedManagedAppleID", "a@b"), "changed_account"},
      {mdm, set("ServerCapabilities", PlistArray{"com.apple.mdm.bootstraptoken"}),
       "changed_user_channel"},
      {mdm, drop("ServerCapabilities"), "changed_user_channel"},
      {mdm, set("PayloadType", "com.example.other"), "mdm_removed"}};
  for (const Case& each : cases) {
    EXPECT_EQ(against(edited(old, each.type, each.edit)), Codes{each.code});
  }
  const Bytes modest = edited(old, mdm, set("AccessRights", 3));
  EXPECT_EQ(codes(lint_profile_update(modest, edited(old, mdm, set("AccessRights", 19)))),
            Codes{"access_rights_added"});
  EXPECT_EQ(codes(lint_profile_update(edited(old, mdm, set("PayloadType", "x")), old)),
            Codes{"~old_enrolls_nothing"});
  EXPECT_EQ(codes(lint_profile_update(as_bytes("junk"), old)), Codes{"old_unreadable"});
  EXPECT_EQ(against(to_bytes(std::string_view("junk"))), Codes());
}

class ProfileSignature : public testing::Test {
 protected:
  [[nodiscard]] Certificate leaf(Timestamp not_after = now + std::chrono::hours(24)) const {
    SeededRandom random(7);
    const auto request =
        make_certificate_request(shared_test_key(1), {{{"CN", "signer"}}, nullptr});
    return authority_
        ->issue(request.value(),
                {now - std::chrono::hours(48), not_after, random_serial(random), std::nullopt})
        .value();
  }
  [[nodiscard]] static Bytes signed_by(const Certificate& signer, SigningTerms terms) {
    return sign_message(good_profile(), signer, shared_test_key(1), terms).value();
  }
  [[nodiscard]] Codes judged(const Bytes& profile, bool with_root = false) const {
    return codes(check_profile_signature(
        profile, now,
        with_root ? std::vector{authority_->certificate()} : std::vector<Certificate>()));
  }

  std::shared_ptr<LocalCertificateAuthority> authority_ = load_test_authority("Signature root");
};

TEST_F(ProfileSignature, HoldsWithItsChainUpToTheRoot) {
  SigningTerms whole;
  whole.certificates = {authority_->certificate()};
  EXPECT_EQ(judged(signed_by(leaf(), whole)), Codes());
  EXPECT_EQ(judged(signed_by(leaf(), whole), true), Codes());
  EXPECT_EQ(judged(signed_by(leaf(), {}), true), Codes());
  EXPECT_EQ(judged(signed_by(leaf(), {})), Codes{"~chain_incomplete"});
}

TEST_F(ProfileSignature, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(judged(good_profile()), Codes{"unsigned"});
  Bytes changed = signed_by(leaf(), {});
  changed[as_text(changed).find("mdm.example.com")] = 'n';
  EXPECT_EQ(judged(changed), Codes{"signature_wrong"});
  Bytes cut = signed_by(leaf(), {});
  cut.pop_back();
  EXPECT_EQ(judged(cut), Codes{"signature_malformed"});
  SigningTerms weak;
  weak.digest = DigestAlgorithm::sha1;
  EXPECT_EQ(judged(signed_by(leaf(), weak), true), Codes{"digest_weak"});
  EXPECT_EQ(judged(signed_by(leaf(now - std::chrono::hours(1)), {}), true),
            Codes{"certificate_expired"});
  const auto stranger = make_test_authority("Another root");
  EXPECT_EQ(codes(check_profile_signature(signed_by(leaf(), {}), now, {stranger.certificate})),
            Codes{"chain_untrusted"});
  EXPECT_EQ(codes(check_profile_signature(signed_by(leaf(), {}), now - std::chrono::hours(72), {})),
            Codes{"certificate_early"});
}

}  // namespace
}  // namespace bramley
