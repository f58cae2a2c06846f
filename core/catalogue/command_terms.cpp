#include "core/catalogue/command_terms.h"

#include <algorithm>
#include <array>

namespace bramley {
namespace {

struct AccessRight {
  std::string_view name;
  std::int64_t bit;
};
// Apple, "MDM": AccessRights. The schema writes some of them in two ways.
constexpr std::array access_rights = {AccessRight{"AllowInspection", 1},
                                      AccessRight{"AllowInstallationRemoval", 2},
                                      AccessRight{"AllowPasscodeRemovalAndLock", 4},
                                      AccessRight{"DeviceLockAndRemovePasscode", 4},
                                      AccessRight{"AllowDeviceErase", 8},
                                      AccessRight{"AllowQueryDeviceInformation", 16},
                                      AccessRight{"AllowQueryNetworkInformation", 32},
                                      AccessRight{"AllowProvisioningInspection", 64},
                                      AccessRight{"AllowProvisioningInstallationRemoval", 128},
                                      AccessRight{"AllowQueryApplications", 256},
                                      AccessRight{"QueryInstalledApps", 256},
                                      AccessRight{"AllowQueryRestrictions", 512},
                                      AccessRight{"AllowQuerySecurity", 1024},
                                      AccessRight{"AllowSettings", 2048},
                                      AccessRight{"AllowAppInstallation", 4096}};

const PlatformTerms& of_platform(const TermsByPlatform& terms, Platform platform) {
  return terms.at(static_cast<std::size_t>(platform));
}

// "macOS and tvOS"
std::string platforms_in_words(const TermsByPlatform& terms) {
  std::vector<std::string> names;
  for (const Platform platform : all_platforms) {
    if (of_platform(terms, platform).supported.value_or(false)) {
      names.emplace_back(platform_name(platform));
    }
  }
  std::string words;
  for (std::size_t i = 0; i < names.size(); ++i) {
    words += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return words;
}

bool may_be_used(const std::optional<bool>& said) {
  return said.value_or(true);
}

std::string why_not_on_channel(const PlatformTerms& terms, const CommandTarget& target) {
  if (!target.user_channel) {
    return {};
  }
  if (*target.user_channel) {
    const auto& said =
        target.platform == Platform::macos ? terms.user_channel : terms.shared_ipad_user_channel;
    return said.value_or(false) ? "" : "goes to devices, not to users";
  }
  return may_be_used(terms.device_channel) ? "" : "goes to users, not to devices";
}

// What forbids a command on a system that has it.
std::string why_forbidden(const PlatformTerms& terms, const CommandTarget& target) {
  if (terms.needs_supervision.value_or(false) && target.supervised == false) {
    return "needs a supervised device";
  }
  if (terms.user_enrollment == "forbidden" && target.user_enrollment == true) {
    return "is not allowed with User Enrollment";
  }
  const std::int64_t bit = access_right_bit(terms.access_right);
  if (bit != 0 && target.access_rights && (*target.access_rights & bit) == 0) {
    return "needs the access right " + std::to_string(bit) + " (" + terms.access_right + ")";
  }
  return why_not_on_channel(terms, target);
}

std::string why_deprecated(const PlatformTerms& terms, const CommandTarget& target) {
  const bool concerned =
      terms.deprecated && (!target.os_version || *target.os_version >= *terms.deprecated);
  return concerned ? "is deprecated since " + std::string(platform_name(*target.platform)) + " " +
                         terms.deprecated->text()
                   : "";
}

CommandFinding::Severity at_most(CommandFinding::Severity severity, bool newer) {
  return newer ? CommandFinding::Severity::doubt : severity;
}

}  // namespace

std::int64_t access_right_bit(std::string_view name) {
  for (const AccessRight& right : access_rights) {
    if (right.name == name) {
      return right.bit;
    }
  }
  return 0;
}

bool is_newer(const CommandCatalogue& catalogue, const CommandTarget& target) {
  return target.platform && target.os_version &&
         *target.os_version > catalogue.edition(*target.platform);
}

bool are_all_newer(const CommandCatalogue& catalogue, const std::vector<CommandTarget>& targets) {
  return !targets.empty() &&
         std::all_of(targets.begin(), targets.end(), [&catalogue](const CommandTarget& target) {
           return is_newer(catalogue, target);
         });
}

std::string why_absent(const TermsByPlatform& terms, const CommandTarget& target) {
  if (!target.platform) {
    return {};
  }
  const PlatformTerms& own = of_platform(terms, *target.platform);
  const std::string system(platform_name(*target.platform));
  if (!own.supported.value_or(false)) {
    return "is for " + platforms_in_words(terms);
  }
  if (!target.os_version) {
    return {};
  }
  if (own.introduced && *target.os_version < *own.introduced) {
    return "needs " + system + " " + own.introduced->text() + " or newer";
  }
  return own.removed && *target.os_version >= *own.removed
             ? "was removed in " + system + " " + own.removed->text()
             : "";
}

void check_key_terms(const CommandCatalogue& catalogue, const TermsByPlatform& terms,
                     const std::string& key, CommandFinding::Severity severity,
                     const std::vector<CommandTarget>& targets,
                     std::vector<CommandFinding>& findings) {
  for (const CommandTarget& target : targets) {
    if (!target.platform) {
      continue;
    }
    const PlatformTerms& own = of_platform(terms, *target.platform);
    std::string why = why_absent(terms, target);
    if (why.empty()) {
      why = why_forbidden(own, target);
    }
    if (!why.empty()) {
      findings.push_back({at_most(severity, is_newer(catalogue, target)), key,
                          why + ", and there is " + target.name});
    } else if (const std::string old = why_deprecated(own, target); !old.empty()) {
      findings.push_back({CommandFinding::Severity::doubt, key, old});
    }
  }
}

void check_terms(const CommandCatalogue& catalogue, const CommandDescription& command,
                 const std::vector<CommandTarget>& targets, std::vector<CommandFinding>& findings) {
  check_key_terms(catalogue, command.terms, "", CommandFinding::Severity::fault, targets, findings);
  for (CommandFinding& finding : findings) {
    finding.message = command.request_type + " " + finding.message;
  }
  const auto unknown = std::count_if(targets.begin(), targets.end(), [](const auto& target) {
    return !target.platform || !target.os_version;
  });
  if (unknown > 0) {
    findings.push_back({CommandFinding::Severity::doubt, "",
                        "the system of some devices is not known, so whether they can run " +
                            command.request_type + " was not checked",
                        "'bramley command send DeviceInformation' asks them"});
  }
}

}  // namespace bramley
