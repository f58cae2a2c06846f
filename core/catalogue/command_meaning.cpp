#include "core/catalogue/command_content.h"
#include "core/mdm/profile_document.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

using Severity = CommandFinding::Severity;

std::string text_of(const PlistDictionary& dictionary, std::string_view key) {
  const PlistValue* value = dictionary.find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

// Signed profiles are opened; encrypted ones keep their outer dictionary.
std::string why_no_profile(ByteView payload) {
  auto opened = open_profile(payload);
  if (!opened) {
    return opened.error().message;
  }
  const auto profile = parse_plist_dictionary(opened->content);
  if (!profile) {
    return profile.error().message;
  }
  if (text_of(*profile, "PayloadType") != "Configuration") {
    return "its PayloadType is not Configuration";
  }
  for (const char* key : {"PayloadIdentifier", "PayloadUUID"}) {
    if (text_of(*profile, key).empty()) {
      return "it has no " + std::string(key);
    }
  }
  return {};
}

void check_payload(const PlistDictionary& command, std::vector<CommandFinding>& findings) {
  const PlistValue* payload = command.find("Payload");
  if (payload == nullptr || payload->data() == nullptr) {
    return;
  }
  if (const std::string why = why_no_profile(*payload->data()); !why.empty()) {
    findings.push_back({Severity::fault, "Payload", "is no configuration profile: " + why,
                        "'bramley profile lint FILE' tells more of a profile"});
  }
}

bool is_six_digits(const std::string& text) {
  return text.size() == 6 && text.find_first_not_of("0123456789") == std::string::npos;
}

// A Mac that is locked or erased with anything else is one that nobody can unlock.
void check_pin(const PlistDictionary& command, std::vector<CommandFinding>& findings) {
  const PlistValue* pin = command.find("PIN");
  if (pin != nullptr && pin->string() != nullptr && !is_six_digits(*pin->string())) {
    findings.push_back({Severity::fault, "PIN", "is not what it has to be: expected six digits"});
  }
}

// DeviceLock and EraseDevice on a Mac without Apple silicon do nothing without one.
void check_mac_pin(const CommandDescription& description, const PlistDictionary& command,
                   const std::vector<CommandTarget>& targets,
                   std::vector<CommandFinding>& findings) {
  if (command.find("PIN") != nullptr) {
    return;
  }
  for (const CommandTarget& target : targets) {
    if (target.platform == Platform::macos) {
      findings.push_back({Severity::doubt, "PIN",
                          "is missing, and " + description.request_type +
                              " needs one on a Mac with an Intel processor",
                          "--set PIN=@FILE, env:NAME or fd:N"});
      return;
    }
  }
}

}  // namespace

void check_meaning(const CommandDescription& description, const PlistDictionary& command,
                   const std::vector<CommandTarget>& targets,
                   std::vector<CommandFinding>& findings) {
  if (description.request_type == "InstallProfile") {
    check_payload(command, findings);
  }
  if (description.request_type == "DeviceLock" || description.request_type == "EraseDevice") {
    check_pin(command, findings);
    check_mac_pin(description, command, targets, findings);
  }
}

}  // namespace bramley
