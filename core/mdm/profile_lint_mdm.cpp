// Apple, "MDM" payload, key by key.

#include <algorithm>
#include <array>

#include "core/mdm/profile_lint_notes.h"
#include "core/mdm/profile_rules.h"

namespace bramley {
namespace {

constexpr std::array<std::string_view, 3> known_capabilities = {
    "com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken", "com.apple.mdm.token"};

void lint_topic(const PayloadView& mdm) {
  const std::string* const topic = mdm.text("Topic");
  if (topic == nullptr) {
    if (!mdm.has("Topic")) {
      mdm.notes().fault("topic_missing", mdm.place("Topic"), "it is missing",
                        "take it from the push certificate: 'bramley push-cert show'");
    }
  } else if (topic->empty()) {
    mdm.notes().fault("topic_empty", mdm.place("Topic"), "it is empty",
                      "the profile was made before there was a push certificate: import it, then "
                      "make the profile again");
  } else if (!topic->starts_with(push_topic_prefix) || topic->size() == push_topic_prefix.size()) {
    mdm.notes().fault("topic_foreign", mdm.place("Topic"), "it is no topic for MDM: " + *topic,
                      "it is the UID of the push certificate's subject, com.apple.mgmt.…");
  }
}

void lint_url(const PayloadView& mdm, std::string_view key) {
  const std::string* const url = mdm.text(key);
  if (url == nullptr) {
    return;
  }
  if (const auto parts = split_url(*url); !parts) {
    mdm.notes().fault("url_malformed", mdm.place(key), parts.error().message,
                      "write it as https://mdm.example.com/mdm");
  } else if (parts->scheme != "https") {
    mdm.notes().fault("url_not_https", mdm.place(key), "it is not https: " + *url,
                      "devices talk to their server over https only");
  }
}

void lint_urls(const PayloadView& mdm) {
  if (!mdm.has("ServerURL")) {
    mdm.notes().fault("server_url_missing", mdm.place("ServerURL"), "it is missing",
                      "name where devices report: https://mdm.example.com/mdm");
  }
  lint_url(mdm, "ServerURL");
  lint_url(mdm, "CheckInURL");
}

void lint_identity(const PayloadView& mdm, const std::vector<TypedPayload>& all) {
  const std::string* const uuid = mdm.text("IdentityCertificateUUID");
  const std::string place = mdm.place("IdentityCertificateUUID");
  if (uuid == nullptr) {
    if (!mdm.has("IdentityCertificateUUID")) {
      mdm.notes().fault("identity_missing", place, "it is missing",
                        "give the PayloadUUID of the SCEP payload");
    }
    return;
  }
  const auto found = std::ranges::find_if(
      all, [uuid](const TypedPayload& payload) { return payload.uuid == *uuid; });
  if (found == all.end()) {
    mdm.notes().fault("identity_unknown", place, "no payload has this UUID: " + *uuid,
                      "give the PayloadUUID of the SCEP payload of this profile");
  } else if (found->type != scep_payload_type && found->type != "com.apple.security.acme" &&
             found->type != "com.apple.security.pkcs12") {
    mdm.notes().fault("identity_foreign", place,
                      "the payload with this UUID gives no identity: " + found->type,
                      "give that of a SCEP, ACME or PKCS#12 payload");
  }
}

void lint_access_rights(const PayloadView& mdm, bool is_byod) {
  const std::int64_t* const rights = mdm.integer("AccessRights");
  const std::string place = mdm.place("AccessRights");
  if (is_byod) {
    if (mdm.has("AccessRights")) {
      mdm.notes().fault("access_rights_byod", place, "devices of their users' own refuse it",
                        "leave AccessRights out where EnrollmentMode is BYOD");
    }
    return;
  }
  if (rights == nullptr) {
    if (!mdm.has("AccessRights")) {
      mdm.notes().warn("access_rights_missing", place, "it is missing",
                       "say what the server may do: 8191 is everything");
    }
    return;
  }
  if (auto fine = check_access_rights(*rights); !fine) {
    mdm.notes().fault("access_rights_invalid", place, fine.error().message, fine.error().hint);
  }
}

void lint_account(const PayloadView& mdm, const std::string* mode) {
  const std::string* const account = mdm.text("AssignedManagedAppleID");
  if (mode != nullptr && *mode != "BYOD" && *mode != "ADDE") {
    mdm.notes().fault("enrollment_mode_unknown", mdm.place("EnrollmentMode"),
                      "there is no such mode: " + *mode, "write BYOD or ADDE, or leave it out");
  }
  if (mode != nullptr && (account == nullptr || account->empty())) {
    mdm.notes().fault("account_missing", mdm.place("AssignedManagedAppleID"),
                      "account-driven enrollment names no account",
                      "give the Managed Apple Account that signed in");
  }
  if (mode == nullptr && account != nullptr) {
    mdm.notes().warn("account_without_mode", mdm.place("AssignedManagedAppleID"),
                     "it says nothing without EnrollmentMode",
                     "add EnrollmentMode, or leave it out");
  }
  if (mdm.has("ManagedAppleID")) {
    mdm.notes().warn("managed_apple_id_removed", mdm.place("ManagedAppleID"),
                     "iOS 18 and macOS 15 do not know it any more",
                     "use AssignedManagedAppleID and EnrollmentMode");
  }
}

void lint_capabilities(const PayloadView& mdm) {
  for (const std::string& capability : mdm.texts("ServerCapabilities")) {
    if (std::ranges::find(known_capabilities, capability) == known_capabilities.end()) {
      mdm.notes().fault("capability_unknown", mdm.place("ServerCapabilities"),
                        "Apple knows no such capability: " + capability,
                        "there are com.apple.mdm.per-user-connections, "
                        "com.apple.mdm.bootstraptoken and com.apple.mdm.token");
    }
  }
}

void lint_pins(const PayloadView& mdm, const std::vector<TypedPayload>& all) {
  for (const std::string_view key :
       {"ServerURLPinningCertificateUUIDs", "CheckInURLPinningCertificateUUIDs"}) {
    for (const std::string& uuid : mdm.texts(key)) {
      const bool is_certificate = std::ranges::any_of(all, [&uuid](const TypedPayload& payload) {
        return payload.uuid == uuid && (payload.type == "com.apple.security.root" ||
                                        payload.type == "com.apple.security.pkcs1" ||
                                        payload.type == "com.apple.security.pem");
      });
      if (!is_certificate) {
        mdm.notes().fault(
            "pin_unknown", mdm.place(key), "no certificate payload has this UUID: " + uuid,
            "devices could trust no server: name a certificate payload's PayloadUUID");
      }
    }
  }
}

void lint_switches(const PayloadView& mdm) {
  if (const bool* const signs = mdm.boolean("SignMessage"); signs == nullptr || !*signs) {
    mdm.notes().warn("sign_message_off", mdm.place("SignMessage"),
                     "devices do not sign what they send",
                     "set it, unless the server itself sees the devices' TLS certificates");
  }
  if (const bool* const leaves = mdm.boolean("CheckOutWhenRemoved");
      leaves == nullptr || !*leaves) {
    mdm.notes().warn("check_out_off", mdm.place("CheckOutWhenRemoved"),
                     "the server is not told when the profile is removed", "set it to true");
  }
  if (const bool* const apns = mdm.boolean("UseDevelopmentAPNS"); apns != nullptr && *apns) {
    mdm.notes().fault("development_apns", mdm.place("UseDevelopmentAPNS"),
                      "push certificates for MDM are for Apple's production service",
                      "leave it out");
  }
}

}  // namespace

void lint_mdm(const PayloadView& mdm, const std::vector<TypedPayload>& all) {
  const std::string* const mode = mdm.text("EnrollmentMode");
  lint_topic(mdm);
  lint_urls(mdm);
  lint_identity(mdm, all);
  lint_access_rights(mdm, mode != nullptr && *mode == "BYOD");
  lint_account(mdm, mode);
  lint_capabilities(mdm);
  lint_pins(mdm, all);
  lint_switches(mdm);
}

}  // namespace bramley
