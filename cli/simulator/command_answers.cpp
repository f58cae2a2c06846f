#include "cli/simulator/command_answers.h"

#include <algorithm>
#include <array>

#include "cli/simulator/profile_answers.h"
#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

PlistDictionary acknowledged(std::string key, PlistValue value) {
  return PlistDictionary({{"Status", "Acknowledged"}, {std::move(key), std::move(value)}});
}

// The strings of an array; none when the key is absent or something else.
std::vector<std::string> strings_of(const PlistDictionary& dictionary, std::string_view key) {
  std::vector<std::string> strings;
  const PlistValue* const value = dictionary.find(key);
  if (value != nullptr && value->array() != nullptr) {
    for (const PlistValue& item : *value->array()) {
      if (item.string() != nullptr) {
        strings.push_back(*item.string());
      }
    }
  }
  return strings;
}

CommandAnswer answer_device_information(const PlistDictionary& command, DeviceState& state) {
  const PlistDictionary known = device_information(state);
  const std::vector<std::string> queries = strings_of(command, "Queries");
  if (queries.empty()) {
    return {acknowledged("QueryResponses", known)};
  }
  PlistDictionary asked;
  for (const std::string& query : queries) {
    if (const PlistValue* const value = known.find(query)) {
      asked.set(query, *value);
    }
  }
  return {acknowledged("QueryResponses", std::move(asked))};
}

CommandAnswer answer_security_info(DeviceState& state) {
  if (state.facts.platform != DevicePlatform::mac) {
    return {
        acknowledged("SecurityInfo", PlistDictionary({{"HardwareEncryptionCaps", 3},
                                                      {"PasscodePresent", true},
                                                      {"PasscodeCompliant", true},
                                                      {"PasscodeCompliantWithProfiles", true},
                                                      {"PasscodeLockGracePeriod", 0},
                                                      {"PasscodeLockGracePeriodEnforced", 0}}))};
  }
  const PlistDictionary firewall({{"FirewallEnabled", true},
                                  {"BlockAllIncoming", false},
                                  {"StealthMode", false},
                                  {"Applications", PlistArray{}}});
  const PlistDictionary management({{"EnrolledViaDEP", false},
                                    {"UserApprovedEnrollment", true},
                                    {"IsUserEnrollment", false},
                                    {"IsActivationLockManageable", true}});
  const PlistDictionary boot({{"SecureBootLevel", "full"}, {"ExternalBootLevel", "disallowed"}});
  return {acknowledged("SecurityInfo",
                       PlistDictionary({{"FDE_Enabled", false},
                                        {"FDE_HasInstitutionalRecoveryKey", false},
                                        {"FDE_HasPersonalRecoveryKey", false},
                                        {"SystemIntegrityProtectionEnabled", true},
                                        {"AuthenticatedRootVolumeEnabled", true},
                                        {"BootstrapTokenAllowedForAuthentication", "not supported"},
                                        {"RemoteDesktopEnabled", false},
                                        {"FirewallSettings", firewall},
                                        {"ManagementStatus", management},
                                        {"SecureBoot", boot}}))};
}

CommandAnswer answer_certificate_list(DeviceState& state) {
  PlistArray list;
  if (state.certificate) {
    list.emplace_back(
        PlistDictionary({{"CommonName", state.certificate->common_name().value_or(std::string())},
                         {"Data", state.certificate->der()},
                         {"IsIdentity", true}}));
  }
  return {acknowledged("CertificateList", std::move(list))};
}

struct App {
  const char* identifier;
  const char* name;
  const char* version;
  std::int64_t size;
};

PlistArray apps_of(DevicePlatform platform) {
  constexpr std::array<App, 4> mac_apps = {
      {{"com.apple.Safari", "Safari", "18.1", 14'680'064},
       {"com.apple.mail", "Mail", "16.0", 23'068'672},
       {"org.mozilla.firefox", "Firefox", "132.0", 398'458'880},
       {"com.apple.TextEdit", "TextEdit", "1.20", 2'306'867}}};
  constexpr std::array<App, 2> mobile_apps = {
      {{"com.apple.Numbers", "Numbers", "14.2", 512'753'664},
       {"org.mozilla.ios.Firefox", "Firefox", "132.0", 121'634'816}}};
  const auto describe = [](const App& app) {
    return PlistValue(PlistDictionary({{"Identifier", app.identifier},
                                       {"Name", app.name},
                                       {"Version", app.version},
                                       {"ShortVersion", app.version},
                                       {"BundleSize", app.size}}));
  };
  PlistArray list;
  if (platform == DevicePlatform::mac) {
    std::ranges::transform(mac_apps, std::back_inserter(list), describe);
  } else {
    std::ranges::transform(mobile_apps, std::back_inserter(list), describe);
  }
  return list;
}

// Honours Identifiers (which apps) and Items (which keys of them).
CommandAnswer answer_applications(const PlistDictionary& command, DeviceState& state) {
  const auto identifiers = strings_of(command, "Identifiers");
  const auto items = strings_of(command, "Items");
  const auto is_wanted = [](const std::vector<std::string>& wanted, const std::string& name) {
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
  };
  PlistArray list;
  for (const PlistValue& app : apps_of(state.facts.platform)) {
    PlistDictionary shown;
    for (const auto& [key, value] : app.dictionary()->entries()) {
      if (key == "Identifier" || is_wanted(items, key)) {
        shown.set(key, value);
      }
    }
    if (is_wanted(identifiers, *shown.find("Identifier")->string())) {
      list.emplace_back(std::move(shown));
    }
  }
  return {acknowledged("InstalledApplicationList", std::move(list))};
}

}  // namespace

PlistDictionary error_report(std::int64_t code, std::string_view domain, std::string_view text) {
  return PlistDictionary(
      {{"Status", "Error"},
       {"ErrorChain", PlistArray{PlistDictionary({{"ErrorCode", code},
                                                  {"ErrorDomain", domain},
                                                  {"LocalizedDescription", text},
                                                  {"USEnglishDescription", text}})}}});
}

CommandAnswer answer_command(const PlistDictionary& command, DeviceState& state) {
  const auto type = string_field(command, "RequestType");
  if (!type || type->empty()) {
    return {PlistDictionary({{"Status", "CommandFormatError"}})};
  }
  if (*type == "DeviceInformation") {
    return answer_device_information(command, state);
  }
  if (*type == "SecurityInfo") {
    return answer_security_info(state);
  }
  if (*type == "ProfileList") {
    return answer_profile_list(state);
  }
  if (*type == "InstallProfile") {
    return answer_install_profile(command, state);
  }
  if (*type == "RemoveProfile") {
    return answer_remove_profile(command, state);
  }
  if (*type == "CertificateList") {
    return answer_certificate_list(state);
  }
  if (*type == "InstalledApplicationList") {
    return answer_applications(command, state);
  }
  return {error_report(12021, "MCMDMErrorDomain", "Unknown command: " + *type)};
}

}  // namespace bramley
