#include "cli/simulator/profile_answers.h"

#include <algorithm>

#include "core/crypto/signed_message.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

PlistDictionary acknowledged() {
  return PlistDictionary({{"Status", "Acknowledged"}});
}

std::string text_or_empty(const PlistDictionary& dictionary, std::string_view key) {
  auto text = string_field(dictionary, key);
  return text ? *std::move(text) : std::string();
}

Result<InstalledProfile> read_plain_profile(ByteView document) {
  TRY_ASSIGN(const auto root, parse_plist_dictionary(document));
  InstalledProfile profile;
  TRY_ASSIGN(profile.identifier, string_field(root, "PayloadIdentifier"));
  TRY_ASSIGN(profile.uuid, string_field(root, "PayloadUUID"));
  TRY_ASSIGN(profile.version, integer_field(root, "PayloadVersion", 1));
  if (profile.identifier.empty() || profile.uuid.empty()) {
    return Error{ErrorCode::malformed, "no PayloadIdentifier or no PayloadUUID"};
  }
  profile.display_name = text_or_empty(root, "PayloadDisplayName");
  profile.organization = text_or_empty(root, "PayloadOrganization");
  const PlistValue* const content = root.find("PayloadContent");
  if (content == nullptr || content->array() == nullptr) {
    return profile;
  }
  for (const PlistValue& payload : *content->array()) {
    if (payload.dictionary() != nullptr) {
      profile.payload_types.push_back(text_or_empty(*payload.dictionary(), "PayloadType"));
    }
  }
  return profile;
}

// Plain, or signed by anybody: a device shows such a profile as unverified, but takes it.
Result<InstalledProfile> read_profile(ByteView document) {
  if (document.empty() || document[0] != 0x30) {
    return read_plain_profile(document);
  }
  TRY_ASSIGN(const auto message, SignedMessage::verify(document));
  return read_plain_profile(message.content());
}

PlistDictionary describe(const InstalledProfile& profile) {
  PlistArray payloads;
  for (const std::string& type : profile.payload_types) {
    payloads.emplace_back(PlistDictionary({{"PayloadType", type}, {"PayloadVersion", 1}}));
  }
  return PlistDictionary({{"PayloadIdentifier", profile.identifier},
                          {"PayloadUUID", profile.uuid},
                          {"PayloadDisplayName", profile.display_name},
                          {"PayloadOrganization", profile.organization},
                          {"PayloadVersion", profile.version},
                          {"PayloadContent", std::move(payloads)},
                          {"HasRemovalPasscode", false},
                          {"IsEncrypted", false},
                          {"IsManaged", true},
                          {"PayloadRemovalDisallowed", false}});
}

}  // namespace

CommandAnswer answer_profile_list(DeviceState& state) {
  PlistArray list;
  if (const auto enrollment = read_profile(state.enrollment_profile)) {
    list.emplace_back(describe(*enrollment));
  }
  for (const InstalledProfile& profile : state.profiles) {
    list.emplace_back(describe(profile));
  }
  PlistDictionary report = acknowledged();
  report.set("ProfileList", std::move(list));
  return {std::move(report)};
}

CommandAnswer answer_install_profile(const PlistDictionary& command, DeviceState& state) {
  const auto payload = data_field(command, "Payload");
  auto profile = payload ? read_profile(*payload) : Result<InstalledProfile>(payload.error());
  if (!profile) {
    return {error_report(1000, "MCProfileErrorDomain", "The profile is malformed.")};
  }
  // The same identifier again is an update.
  std::erase_if(state.profiles, [&profile](const InstalledProfile& old) {
    return old.identifier == profile->identifier;
  });
  state.profiles.push_back(*std::move(profile));
  return {acknowledged(), true};
}

CommandAnswer answer_remove_profile(const PlistDictionary& command, DeviceState& state) {
  const std::string identifier = text_or_empty(command, "Identifier");
  const std::size_t removed = std::erase_if(
      state.profiles,
      [&identifier](const InstalledProfile& profile) { return profile.identifier == identifier; });
  if (removed == 0) {
    return {error_report(12, "MCMDMErrorDomain", "The profile is not installed.")};
  }
  return {acknowledged(), true};
}

}  // namespace bramley
