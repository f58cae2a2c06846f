// Apple, "MDM" payload: what an update of an installed profile must leave as it is.

#include <algorithm>
#include <array>

#include "core/mdm/profile_document.h"
#include "core/mdm/profile_lint_notes.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

struct FixedKey {
  std::string_view key;
  std::string_view code;
};
constexpr std::array fixed_keys = {FixedKey{"Topic", "changed_topic"},
                                   FixedKey{"ServerURL", "changed_server_url"},
                                   FixedKey{"CheckInURL", "changed_check_in_url"},
                                   FixedKey{"IdentityCertificateUUID", "changed_identity"},
                                   FixedKey{"EnrollmentMode", "changed_enrollment_mode"},
                                   FixedKey{"AssignedManagedAppleID", "changed_account"}};

constexpr std::string_view must_stay =
    "devices refuse the update: keep what is in the installed profile, or enroll anew";

std::string text_of(const PlistDictionary& keys, std::string_view key) {
  const PlistValue* const value = keys.find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

std::string place_of(std::string_view key) {
  return std::string(mdm_payload_type) + ": " + std::string(key);
}

std::string shown(const std::string& text) {
  return text.empty() ? "nothing" : text;
}

void compare_rights(const PlistDictionary& old, const PlistDictionary& updated, LintNotes& notes) {
  const auto rights_of = [](const PlistDictionary& keys) {
    const PlistValue* const value = keys.find("AccessRights");
    return value != nullptr && value->integer() != nullptr ? *value->integer() : 0;
  };
  const std::int64_t added = rights_of(updated) & ~rights_of(old);
  if (added != 0) {
    notes.fault("access_rights_added", place_of("AccessRights"),
                "the update adds the rights " + std::to_string(added), std::string(must_stay));
  }
}

void compare_user_channel(const PlistDictionary& old, const PlistDictionary& updated,
                          LintNotes& notes) {
  const auto has_users = [](const PlistDictionary& keys) {
    const PlistValue* const value = keys.find("ServerCapabilities");
    return value != nullptr && value->array() != nullptr &&
           std::ranges::find(*value->array(), PlistValue("com.apple.mdm.per-user-connections")) !=
               value->array()->end();
  };
  if (has_users(old) != has_users(updated)) {
    notes.fault("changed_user_channel", place_of("ServerCapabilities"),
                std::string("the update takes com.apple.mdm.per-user-connections ") +
                    (has_users(old) ? "away" : "in"),
                std::string(must_stay));
  }
}

void compare(const PlistDictionary& old, const PlistDictionary& updated, LintNotes& notes) {
  const std::string old_name = text_of(old, "PayloadIdentifier");
  const std::string new_name = text_of(updated, "PayloadIdentifier");
  if (old_name != new_name) {
    notes.fault("changed_identifier", "profile: PayloadIdentifier",
                "it was " + shown(old_name) + " and is " + shown(new_name) +
                    ": to a device another profile",
                "keep the identifier, so that the profile replaces the installed one");
  }
  const auto old_payloads = payloads_of(old);
  const auto new_payloads = payloads_of(updated);
  const PlistDictionary* const old_mdm = only_payload(old_payloads, mdm_payload_type);
  const PlistDictionary* const new_mdm = only_payload(new_payloads, mdm_payload_type);
  if (old_mdm == nullptr) {
    notes.warn("old_enrolls_nothing", std::string(mdm_payload_type),
               "the old profile has no MDM payload, so there is nothing to hold the new one to",
               "give the profile that devices enrolled with to --against");
    return;
  }
  if (new_mdm == nullptr) {
    notes.fault("mdm_removed", std::string(mdm_payload_type), "the update has no MDM payload",
                "devices that take it lose their management: keep the payload");
    return;
  }
  for (const FixedKey& fixed : fixed_keys) {
    const std::string before = text_of(*old_mdm, fixed.key);
    const std::string after = text_of(*new_mdm, fixed.key);
    if (before != after) {
      notes.fault(fixed.code, place_of(fixed.key),
                  "it was " + shown(before) + " and is " + shown(after), std::string(must_stay));
    }
  }
  compare_rights(*old_mdm, *new_mdm, notes);
  compare_user_channel(*old_mdm, *new_mdm, notes);
}

Result<PlistDictionary> read(ByteView profile) {
  TRY_ASSIGN(const auto document, open_profile(profile));
  return parse_plist_dictionary(document.content);
}

}  // namespace

std::vector<ProfileRemark> lint_profile_update(ByteView old, ByteView updated) {
  LintNotes notes;
  const auto old_tree = read(old);
  const auto new_tree = read(updated);
  if (!old_tree) {
    notes.fault("old_unreadable", "", "the old profile: " + old_tree.error().message,
                "give the profile that devices enrolled with to --against");
  }
  if (old_tree && new_tree) {
    compare(*old_tree, *new_tree, notes);
  }
  return notes.take();
}

}  // namespace bramley
